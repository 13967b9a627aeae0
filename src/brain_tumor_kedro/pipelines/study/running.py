"""A run of a study: its database, its MLflow runs and its cells put together."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from filelock import FileLock

from brain_tumor_kedro.imaging.manifest import digest_manifest, is_phantom, kept
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipes
from brain_tumor_kedro.pipelines.study.resolving import Resolver
from brain_tumor_kedro.pipelines.study.scoring import ATTENTION, CellScorer
from brain_tumor_kedro.pipelines.study.training import CellTrainer
from brain_tumor_kedro.studies.cell_files import CellFiles
from brain_tumor_kedro.studies.cells import Cell, CellPlanner, digest
from brain_tumor_kedro.studies.engine import Engine
from brain_tumor_kedro.studies.results import tabulate_cells, tabulate_scores
from brain_tumor_kedro.studies.search_space import StudySettings
from brain_tumor_kedro.studies.storage import open_study
from brain_tumor_kedro.study_tracking import StudyRuns
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)

#: How many of the cells that failed for one reason are named.
NAMED = 3
#: What of a study's settings does not change which trial is which.
INCIDENTAL = {"storage", "retry_failed", "trials", "strategies"}
#: Where the study in the database names its MLflow run.
PARENT = "mlflow_parent"


class StudyRun:
    """A run of a study, beside which others may run."""

    def __init__(
        self,
        name: str,
        settings: StudySettings,
        images: np.ndarray,
        manifest: pd.DataFrame,
        recipes: Recipes,
        compute: Compute,
        pretrained: Pretrained,
        scorer: CellScorer,
        folder: Path,
    ) -> None:
        """Open the study in its database and its runs in MLflow."""
        self._name = name
        self._settings = settings
        self._digest = digest_manifest(manifest)
        self._files = CellFiles(folder / "cells")
        self._scorer = scorer
        about = {"manifest_digest": self._digest, "classes": TASKS[settings.task].classes}
        sources = sorted(set(kept(manifest)["source"]))
        self._planner = CellPlanner(
            settings,
            Resolver(settings, recipes, pretrained, sources),
            {**about, **scorer.identity()},
        )
        self._study = self._open(name, recipes, folder)
        lock = FileLock(folder / ".queue.lock")
        with lock:
            before = self._study.user_attrs.get(PARENT, "")
            tags = {"manifest_digest": self._digest, "phantom": is_phantom(manifest)}
            self._runs = StudyRuns(name, before, tags)
            self._study.set_user_attr(PARENT, self._runs.parent)
        self._trainer = CellTrainer(
            images, manifest, settings, compute, pretrained, scorer, self._runs.log_epoch
        )
        self._engine = Engine(
            settings=settings,
            study=self._study,
            planner=self._planner,
            files=self._files,
            train=self._trainer,
            listener=self._runs,
            lock=lock,
        )

    def work_off(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Train what is not finished.

        Returns:
            The table of cells and the table of their scores.
        """
        try:
            cells = self._engine.run()
            table = tabulate_cells(cells, self._files, self._digest)
            scores = tabulate_scores(cells, self._files, self._settings.strategies, self._score)
        except BaseException as error:
            self._runs.close("FAILED" if isinstance(error, Exception) else "KILLED", {})
            raise
        failed = int((table["state"] == "failed").sum())
        self._report(table)
        state = "FAILED" if failed and failed == len(table) else "FINISHED"
        self._runs.close(state, {"cells": len(cells), "failed_cells": failed})
        return table, scores

    def _open(self, name: str, recipes: Recipes, folder: Path) -> optuna.Study:
        settings = self._settings.model_dump(mode="json", exclude=INCIDENTAL)
        settings |= self._scorer.identity()
        used = {key: recipes.choose(key) for key in self._settings.values("recipe")}
        chosen = {key: recipe.model_dump(mode="json") for key, recipe in used.items()}
        identity = digest({"settings": settings, "recipes": chosen, "manifest": self._digest})
        # What was changed in its settings makes another study of it, under the same run in MLflow.
        family = f"{name} on {self._digest}"
        return open_study(
            f"{family}: {identity}", self._settings.storage, folder, inherit=(f"{family}:", PARENT)
        )

    def _score(self, cell: Cell) -> list[dict[str, Any]]:
        """The scores of a finished cell; made anew where others are asked for than it has kept."""
        summary, predictions = self._files.summary(cell.id), None
        if not self._scorer.is_current(summary):
            predictions = self._files.table(cell.id)
        if predictions is None:
            return list(summary["scores"])
        return self._scorer.score(predictions, self._files.table(cell.id, ATTENTION))

    def _report(self, table: pd.DataFrame) -> None:
        failed = table[table["state"] == "failed"]
        logger.info("%d of %d cells are finished", (table["state"] == "finished").sum(), len(table))
        for error, cells in failed.groupby("error", sort=False)["cell"]:
            logger.error(
                "%d cells failed, %s: %s", len(cells), ", ".join(cells.head(NAMED)),
                str(error).splitlines()[0],
            )  # fmt: skip
        if len(failed):
            logger.error(
                "%d cells failed. When the cause is mended, run them again with --params "
                "studies.%s.retry_failed=true", len(failed), self._name,
            )  # fmt: skip
