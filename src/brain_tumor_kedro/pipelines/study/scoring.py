"""The scores of a cell: slice by slice, and by every way to put a patient's slices together."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.aggregation import STRATEGIES, Aggregation, aggregate_patients
from brain_tumor_kedro.assessment.learned_pooling import (
    LEARNED,
    add_learned,
    prepare_lesson,
    say_why_not,
    tabulate_attention,
    tabulate_nothing,
)
from brain_tumor_kedro.assessment.patients import Patients, gather_patients
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.studies.scores import score_splits
from brain_tumor_kedro.studies.search_space import StudySettings, require_known
from brain_tumor_kedro.tasks import TASKS

#: The table of what learned pooling says of a cell's slices.
ATTENTION = "slice_attention"


def check_strategies(settings: StudySettings) -> None:
    """Refuse strategies that are not known, or that the task has no use for.

    Raises:
        ValueError: Says which.
    """
    for name in settings.strategies:
        require_known("strategy", name, (*STRATEGIES, *LEARNED))
    if settings.strategies and TASKS[settings.task].unit != "patient":
        raise ValueError(
            f"The task {settings.task} is about slices: expected no strategies, received "
            f"{', '.join(settings.strategies)}."
        )


class CellScorer:
    """Scores the cells of a study.

    Attributes:
        learns: Whether a way to put slices together is learned with every cell.
    """

    def __init__(
        self,
        manifest: pd.DataFrame,
        settings: StudySettings,
        aggregation: Aggregation,
        pooling: AttentionPooling,
    ) -> None:
        """Name the data, the study, and how slices are put together."""
        self.learns = not set(LEARNED).isdisjoint(settings.strategies)
        self._task = TASKS[settings.task]
        self._strategies = settings.strategies
        self._patient_of = kept(manifest).set_index("image_id")["patient_id"]
        self._aggregation = aggregation
        self._pooling = pooling

    def identity(self) -> dict[str, Any]:
        """What of it a cell has to be trained again for, as JSON holds it."""
        return {"attention_pooling": self._pooling.model_dump(mode="json")} if self.learns else {}

    def describe(self) -> dict[str, Any]:
        """What the scores were made with, as JSON holds it."""
        return {"aggregation": self._aggregation.model_dump(mode="json")}

    def learn(self, predictions: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
        """Learn on a cell's training patients which slices count.

        Args:
            predictions: Of all of its splits.
            features: Of the same slices.

        Returns:
            How much each slice counts; empty where nothing can be learned.
        """
        from brain_tumor_kedro.modelling.attention_pooling import pool_slices

        patients = self._gather(predictions)
        lesson = prepare_lesson(patients, features)
        if say_why_not(lesson):
            return tabulate_nothing()
        pooled = pool_slices(*lesson, self._pooling)
        return tabulate_attention(patients, pooled.attention, pooled.probabilities)

    def score(
        self, predictions: pd.DataFrame, attention: pd.DataFrame | None
    ) -> list[dict[str, Any]]:
        """Score the predictions of a cell.

        Args:
            predictions: Of all of its splits.
            attention: What `learn` has found.

        Returns:
            Rows of scores.
        """
        classes, positive = self._task.classes, self._task.positive
        rows = score_splits(predictions, classes, positive, "slice")
        if self._strategies:
            patients = self._gather(predictions)
            table = aggregate_patients(patients, self._aggregation)
            if attention is not None:
                table = add_learned(table, patients, attention)
            for name in self._strategies:
                rows += score_splits(table[table["strategy"] == name], classes, positive, name)
        return rows

    def is_current(self, summary: Mapping[str, Any]) -> bool:
        """Say whether the scores that a cell has kept are those that are asked for."""
        scored = {row["strategy"] for row in summary["scores"]}
        return scored >= {"slice", *self._strategies} and summary["scoring"] == self.describe()

    def _gather(self, predictions: pd.DataFrame) -> Patients:
        classes, positive = self._task.classes, self._task.positive
        return gather_patients(predictions, self._patient_of, classes, positive)
