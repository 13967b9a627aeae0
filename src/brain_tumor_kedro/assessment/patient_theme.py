"""What the report says of patients: numbers and sentences from the tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.aggregation import STRATEGIES
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.intervals import LEVEL
from brain_tumor_kedro.assessment.learned_pooling import LEARNED
from brain_tumor_kedro.assessment.patient_findings import find_in_patients
from brain_tumor_kedro.assessment.patient_reliability import (
    tabulate_patient_reliability,
    trace_patient_decisions,
)
from brain_tumor_kedro.assessment.patient_scores import (
    BASELINE,
    EXACT,
    FEWEST_PATIENTS,
    METRICS,
    PATIENT,
    SLICE,
    group_patients,
)
from brain_tumor_kedro.assessment.patient_settings import PatientSettings
from brain_tumor_kedro.assessment.patients import THRESHOLD, require_two_classes
from brain_tumor_kedro.assessment.score_summary import plain_rows
from brain_tumor_kedro.assessment.score_table import ResamplingSettings

#: Splits that probabilities and decisions are judged on, the first one in figures.
JUDGED = ("test", "external")


def judge_probabilities(
    patients: pd.DataFrame,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    positive: Sequence[str],
    resampling: ResamplingSettings,
    settings: PatientSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate reliability and net benefit by patient.

    Args:
        patients: As `aggregation.aggregate` makes it.
        manifest: Columns `patient_id`, `group_id`.
        classes: The two class labels.
        positive: The one of them that counts as positive.
        resampling: How intervals are drawn.
        settings: How patients are judged.

    Returns:
        What `tabulate_patient_reliability` and `trace_patient_decisions` return, with a first
        column `split`, of test patients and of those of held-out sources.

    Raises:
        ValueError: There are no test patients.
    """
    label, tables = require_two_classes(classes, positive), []
    _require_test(patients)
    for split in [name for name in JUDGED if (patients["split"] == name).any()]:
        rows = patients[patients["split"] == split]
        units = resampling.units(group_patients(rows, manifest))
        draws = Draws(units, resampling.draws, resampling.seed)
        bins = tabulate_patient_reliability(rows, label, draws)
        curves = trace_patient_decisions(rows, label, draws, settings.decisions)
        for table in (bins, curves):
            table.insert(0, "split", split)
        tables.append((bins, curves))
    bins, curves = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    return bins, curves


def summarize_patients(
    patients: pd.DataFrame,
    scores: pd.DataFrame,
    mistakes: pd.DataFrame,
    pooling: Mapping[str, Any],
    positive: Sequence[str],
    resampling: ResamplingSettings,
    settings: PatientSettings,
) -> dict[str, Any]:
    """Put together what the report says of patients.

    Args:
        patients: As `aggregation.aggregate` makes it.
        scores: As `score_patients` makes it.
        mistakes: As `find_patient_mistakes` makes it.
        pooling: What is known of learned pooling: `note` (why there is none; empty otherwise).
        positive: The one label that counts as positive.
        resampling: How intervals were drawn.
        settings: How patients are judged.

    Returns:
        `positive`, `main` (the strategy that the findings speak of), `strategies` {name: what it
        does}, `metrics` {name: title}, `exact` (those that the
        baseline has by definition), `fewest_patients` (behind an interval of slices), `level`,
        `draws`, `seed`, `threshold`, `settings`,
        `pooling`, `splits` [{split, patients, positives, slices, rows: [{strategy, level,
        <metric>: interval, difference: {<metric>: interval}}]}], `disputed` {split: patients whom
        the strategies call differently}, `mistakes` {split: patients whom all call wrong} with
        the test patients among them as `rows`, and `findings`. Plain numbers.

    Raises:
        ValueError: There are no test patients.
    """
    _require_test(patients)
    known = {**STRATEGIES, **LEARNED}
    splits = list(scores["split"].unique())
    calls = patients.groupby(["split", "patient_id"])["predicted"].nunique() > 1
    summary = {
        "positive": positive[0],
        "main": settings.strategy,
        "baseline": BASELINE,
        "strategies": {name: known[name] for name in patients["strategy"].unique()},
        "metrics": dict(METRICS),
        "exact": list(EXACT),
        "fewest_patients": FEWEST_PATIENTS,
        "level": LEVEL,
        "draws": resampling.draws,
        "seed": resampling.seed,
        "threshold": THRESHOLD,
        "settings": settings.model_dump(mode="json"),
        "pooling": dict(pooling),
        "splits": [_summarize_split(patients, scores, split, positive[0]) for split in splits],
        "disputed": {str(key): int(n) for key, n in calls.groupby("split").sum().items()},
        "mistakes": {str(key): int(n) for key, n in mistakes["split"].value_counts().items()},
        "mistaken": plain_rows(mistakes[mistakes["split"] != "train"]),
    }
    return {**summary, "findings": find_in_patients(summary)}


def _require_test(patients: pd.DataFrame) -> None:
    if not (patients["split"] == JUDGED[0]).any():
        raise ValueError(
            "Expected patients of the split 'test', found only those of "
            f"{sorted(patients['split'].unique())}. Curate again, with more patients."
        )


def _summarize_split(
    patients: pd.DataFrame, scores: pd.DataFrame, split: str, positive: str
) -> dict[str, Any]:
    here = patients[patients["split"] == split].drop_duplicates("patient_id")
    rows = scores[scores["split"] == split]
    plain = plain_rows(rows)
    found: dict[tuple[str, str], dict[str, Any]] = {
        (row["level"], row["strategy"]): {} for row in plain
    }
    for row in plain:
        interval = {name: row[name] for name in ("value", "low", "high")}
        found[row["level"], row["strategy"]][row["metric"]] = interval
    return {
        "split": split,
        "patients": len(here),
        "positives": int((here["label"] == positive).sum()),
        "slices": int(here["slices"].sum()),
        "rows": [
            {
                "level": level,
                "strategy": name,
                **values,
                "difference": found.get((level, f"{name} - {BASELINE}"), {}),
            }
            for level in (PATIENT, SLICE)
            for (there, name), values in found.items()
            if there == level and " - " not in name
        ],
    }
