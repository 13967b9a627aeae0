"""Everything that is said of calibration and decisions, put together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from brain_tumor_kedro.assessment.abstention import answer_above, trace_abstention
from brain_tumor_kedro.assessment.calibration import (
    STAGES,
    measure_calibration,
    stages_of,
)
from brain_tumor_kedro.assessment.calibration_findings import find_calibration
from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings
from brain_tumor_kedro.assessment.conformal import form_sets, score_sets
from brain_tumor_kedro.assessment.decision_curve import summarize_decisions, trace_decisions
from brain_tumor_kedro.assessment.drawn_scores import Draws
from brain_tumor_kedro.assessment.outcome import Outcome
from brain_tumor_kedro.assessment.reliability import tabulate_reliability
from brain_tumor_kedro.assessment.resampling import code_groups
from brain_tumor_kedro.assessment.thresholds import find_thresholds
from brain_tumor_kedro.tasks import EXTERNAL

#: What calibration is judged on; both temperature and thresholds come from validation.
JUDGED = ("test", EXTERNAL)

VAL = "val"


class CalibrationTheme(NamedTuple):
    """What there is to say.

    Attributes:
        summary: Plain numbers and sentences, as JSON can hold them.
        reliability: See `tabulate_reliability`; this and the next have a first column `split`.
        decisions: See `trace_decisions`.
        sets: See `score_sets`.
        abstention: See `trace_abstention`.
    """

    summary: dict[str, Any]
    reliability: pd.DataFrame
    decisions: pd.DataFrame
    sets: pd.DataFrame
    abstention: pd.DataFrame


class _Judged(NamedTuple):
    """What is said of one split: numbers, and tables in the order of `CalibrationTheme`."""

    numbers: dict[str, Any]
    tables: tuple[pd.DataFrame, ...]


def judge_calibration(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    positive: Sequence[str],
    settings: CalibrationSettings,
    temperature: Mapping[str, Any] | None = None,
) -> CalibrationTheme:
    """Judge probabilities and the decisions that stand on them.

    Args:
        predictions: See `calibration.stages_of`; of the test split, of validation where thresholds
            are wanted, and of held-out sources where there are any.
        manifest: Columns `image_id`, `group_id`.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive.
        settings: How it is judged.
        temperature: What training found, see `modelling.temperature.fit_temperature`.

    Returns:
        Numbers, findings and tables.

    Raises:
        ValueError: See `calibration.stages_of`; or there are no test images.
    """
    there = set(predictions["split"])
    val = stages_of(predictions, VAL, classes)[STAGES[1]] if VAL in there else None
    thresholds = find_thresholds(val, classes, settings)
    judged = {}
    for split in JUDGED:
        if split == JUDGED[0] or split in there:
            stages = stages_of(predictions, split, classes)
            images = predictions.loc[predictions["split"] == split, "image_id"]
            draws = Draws(code_groups(images, manifest), settings.draws, settings.seed)
            judged[split] = _judge(stages, val, draws, classes, positive, settings, thresholds)
    summary = {
        "temperature": dict(temperature) if temperature else None,
        **settings.model_dump(mode="json"),
        **thresholds,
        "splits": {split: one.numbers for split, one in judged.items()},
    }
    findings = list(find_calibration(summary))
    return CalibrationTheme({**summary, "findings": findings}, *_join(judged))


def _judge(
    stages: dict[str, Outcome],
    val: Outcome | None,
    draws: Draws,
    classes: Sequence[str],
    positive: Sequence[str],
    settings: CalibrationSettings,
    thresholds: Mapping[str, Any],
) -> _Judged:
    after = stages[STAGES[1]]
    curves = trace_decisions(after, classes, positive, draws, settings.prevalence)
    sets = pd.DataFrame()
    if val is not None and thresholds["possible_levels"]:
        levels = thresholds["possible_levels"]
        formed = form_sets(val, after.probabilities, classes, levels)
        sets = score_sets(formed, after.truth, classes, draws)
    answers, abstention = trace_abstention(after, draws)
    limit = thresholds["answer_from"]
    if limit is not None:
        abstention["above"] = answer_above(after, limit, draws)
    numbers = {
        **measure_calibration(stages, draws),
        "decisions": summarize_decisions(curves, classes, positive),
        "sets": list(_records(sets)),
        "abstention": abstention,
    }
    return _Judged(numbers, (tabulate_reliability(stages, classes, draws), curves, sets, answers))


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows as plain Python values, None for what is missing."""
    for row in table.to_dict("records"):
        yield {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _join(judged: Mapping[str, _Judged]) -> Iterator[pd.DataFrame]:
    for place in range(len(CalibrationTheme._fields) - 1):
        parts = {split: one.tables[place] for split, one in judged.items()}
        joined = pd.concat(parts, names=["split"]).reset_index("split")
        yield joined.reset_index(drop=True)
