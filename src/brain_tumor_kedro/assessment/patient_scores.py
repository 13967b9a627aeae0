"""Scores of slices and of patients, beside a baseline that always says the positive class.

Where one class is the common one, saying nothing else scores high: of 108 patients of whom 85 are
positive, F1 is 0.881 for always saying so. Every row therefore has that baseline beside it, on the
same slices or patients, and the difference with an interval of its own.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.patients import ROUNDING, THRESHOLD, require_two_classes
from brain_tumor_kedro.assessment.resampling import Codes, code_groups
from brain_tumor_kedro.assessment.score_table import ResamplingSettings, tabulate_scores
from brain_tumor_kedro.assessment.weighted import ALL
from brain_tumor_kedro.tasks import SCORED

#: What is scored: single slices as they are, and patients.
LEVELS = SLICE, PATIENT = ("slice", "patient")

#: Always saying the positive class.
BASELINE = "always_positive"

#: The scores, by what a reader calls them; all but the first two are of the positive class.
METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "f1": "F1",
    "auroc": "AUROC",
}

#: Those that are of both classes.
OF_BOTH = ("accuracy", "balanced_accuracy")

#: Scores of the baseline that it has by definition: nothing about them is unsure.
EXACT = ("balanced_accuracy", "recall", "specificity", "auroc")

#: With fewer patients of one size than this behind it, an interval of slices looks too sure.
FEWEST_PATIENTS = 5

COLUMNS = (
    "level", "strategy", "split", "metric", "value", "low", "high", "n", "groups",
    "effective_groups", "draws",
)  # fmt: skip


def score_patients(
    predictions: pd.DataFrame,
    patients: pd.DataFrame,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    positive: Sequence[str],
    settings: ResamplingSettings,
) -> pd.DataFrame:
    """Score slices and patients on every split, with intervals over patients.

    Args:
        predictions: Of slices: `image_id`, `split`, `label`, and `p_<class>` of both classes.
        patients: As `aggregation.aggregate` makes it, of the same slices.
        manifest: Columns `image_id`, `patient_id`, `group_id`: patients of one group stay
            together in every draw.
        classes: The two class labels, in the order of the classifier's outputs.
        positive: The one of them that counts as positive.
        settings: How intervals are drawn.

    Returns:
        `level`, `strategy` (`slice` at the level of slices; the baseline `always_positive`; and
        `<strategy> - always_positive` for the differences), `split`, `metric` (see `METRICS`),
        `value` with `low` and `high` of its 95% interval, `n` (slices or patients that the score
        is about), `groups`, `effective_groups` and `draws`. What a split does not define is NaN:
        the AUROC of a split with one class, or the precision of who never says the positive one.
        Without an interval are what the baseline scores by definition (`EXACT`), and scores of
        slices with fewer effective groups behind them than `FEWEST_PATIENTS`.

    Raises:
        ValueError: There are not two classes with one positive, or an image or a patient is not
            in the manifest.
    """
    label = require_two_classes(classes, positive)
    tables = []
    for split in [name for name in SCORED if (predictions["split"] == name).any()]:
        slices = predictions[predictions["split"] == split].assign(strategy=SLICE)
        groups = code_groups(slices["image_id"], manifest)
        about = (classes, label, settings)
        tables.append(_score(slices, groups, *about).assign(level=SLICE, split=split))
        rows = patients[patients["split"] == split]
        groups = group_patients(rows, manifest)
        tables.append(_score(rows, groups, *about).assign(level=PATIENT, split=split))
    return _leave_out_intervals(pd.concat(tables, ignore_index=True)[list(COLUMNS)])


def group_patients(patients: pd.DataFrame, manifest: pd.DataFrame) -> Codes:
    """Number the groups of patients.

    Args:
        patients: Of one split; each strategy has the same patients in the same order.
        manifest: Columns `patient_id`, `group_id`.

    Returns:
        Group of every patient of one strategy, counted from zero, in the order of the table.

    Raises:
        ValueError: A patient is not in the manifest.
    """
    first = patients[patients["strategy"] == patients["strategy"].iloc[0]]
    known = manifest.dropna(subset=["patient_id"]).drop_duplicates("patient_id")
    named = known[["patient_id", "group_id"]].rename(columns={"patient_id": "image_id"})
    return code_groups(first["patient_id"], named)


def _score(
    table: pd.DataFrame, groups: Codes, classes: Sequence[str], positive: str,
    settings: ResamplingSettings,
) -> pd.DataFrame:  # fmt: skip
    """Score every strategy of one level and split; all have the same rows in the same order."""
    outcomes = {
        str(name): outcome_at_threshold(rows, classes, positive)
        for name, rows in table.groupby("strategy", sort=False)
    }
    differences = [(name, BASELINE) for name in outcomes]
    first = next(iter(outcomes.values()))
    outcomes[BASELINE] = always_positive(first, classes.index(positive))
    scores = tabulate_scores(outcomes, groups, classes, [positive], settings, differences)
    of_both = (scores["label"] == ALL) & scores["metric"].isin(OF_BOTH)
    of_one = (scores["label"] == positive) & scores["metric"].isin(set(METRICS) - set(OF_BOTH))
    chosen = scores[of_both | of_one].rename(columns={"predictor": "strategy"})
    order = {name: place for place, name in enumerate(METRICS)}
    places = pd.Series(pd.factorize(chosen["strategy"])[0], chosen.index) * len(METRICS)
    return chosen.loc[(places + chosen["metric"].map(order)).sort_values().index]


def _leave_out_intervals(scores: pd.DataFrame) -> pd.DataFrame:
    """Give no interval where nothing is unsure, nor where it would look surer than it is."""
    exact = (scores["strategy"] == BASELINE) & scores["metric"].isin(EXACT)
    few = (scores["level"] == SLICE) & (scores["effective_groups"] < FEWEST_PATIENTS)
    ends = scores[["low", "high"]].where(~(exact | few))
    return scores.assign(low=ends["low"], high=ends["high"])


def outcome_at_threshold(table: pd.DataFrame, classes: Sequence[str], positive: str) -> Outcome:
    """Turn probabilities into an outcome; from 0.5 on the positive class is predicted.

    Args:
        table: `label`, and `p_<class>` of both classes.
        classes: The two class labels.
        positive: The positive one.

    Returns:
        The outcome, in the table's order; probabilities divided by their sum.
    """
    place = list(classes).index(positive)
    columns = [f"p_{label}" for label in classes]
    probabilities = table[columns].to_numpy(dtype=np.float64)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    said = probabilities[:, place] >= THRESHOLD - ROUNDING
    return Outcome(
        pd.Index(list(classes)).get_indexer(pd.Index(table["label"])).astype(np.intp),
        np.where(said, place, 1 - place).astype(np.intp),
        probabilities,
    )


def always_positive(outcome: Outcome, place: int) -> Outcome:
    """Say the positive class of everybody, and be sure of it.

    Args:
        outcome: Whose truth is taken.
        place: Index of the positive class.
    """
    predicted = np.full_like(outcome.predicted, place)
    return Outcome(outcome.truth, predicted, np.eye(outcome.probabilities.shape[1])[predicted])
