"""The training of a cell: from its images to predictions and scores."""

import gc
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro import tracking
from brain_tumor_kedro.imaging.manifest import digest_manifest, is_phantom, kept
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.pipelines.study.resolving import part_images
from brain_tumor_kedro.pipelines.study.scoring import ATTENTION, CellScorer
from brain_tumor_kedro.studies.cells import Cell
from brain_tumor_kedro.studies.engine import Outcome
from brain_tumor_kedro.studies.results import describe
from brain_tumor_kedro.studies.search_space import StudySettings
from brain_tumor_kedro.tasks import TASKS


def _tells_something(record: logging.LogRecord) -> bool:
    return "retracing" not in str(record.msg)


#: Called with the run, the epoch and its numbers.
LogEpoch = Callable[[str, int, Mapping[str, float]], None]


class CellTrainer:
    """Trains the cells of a study; a `studies.engine.Train`."""

    def __init__(
        self,
        images: np.ndarray,
        manifest: pd.DataFrame,
        settings: StudySettings,
        compute: Compute,
        pretrained: Pretrained,
        scorer: CellScorer,
        log_epoch: LogEpoch,
    ) -> None:
        """Name the data, the study, and how trainings are computed and logged."""
        from brain_tumor_kedro.modelling.feature_store import FeatureStore

        self._images = images
        self._manifest = manifest
        self._settings = settings
        self._compute = compute
        self._pretrained = pretrained
        self._scorer = scorer
        self._log_epoch = log_epoch
        # Of a new model for every cell it would be told again and again, and nothing can be done.
        logging.getLogger("tensorflow").addFilter(_tells_something)
        self._store = FeatureStore(images)
        self._unavailable: dict[tuple[str, str], Exception] = {}
        self._about = {
            "manifest_digest": digest_manifest(manifest),
            "phantom": is_phantom(manifest),
            "git_revision": tracking.find_revision(),
        }

    def __call__(self, cell: Cell, run: str) -> Outcome:
        """Train a cell, predict all of its splits and score them.

        Args:
            cell: Of the study.
            run: What its epochs are logged under.

        Returns:
            Its predictions and its summary.

        Raises:
            WeightsUnavailableError: At once where another cell has found so before.
            ValueError: Where its images cannot be split or trained on.
        """
        from brain_tumor_kedro.modelling.published_weights import WeightsUnavailableError

        needed = (cell.recipe["backbone"], cell.recipe["weights"])
        if needed in self._unavailable:
            raise self._unavailable[needed]
        try:
            return self._train(cell, run)
        except WeightsUnavailableError as error:
            self._unavailable[needed] = error
            raise
        finally:
            self._clear()

    def _train(self, cell: Cell, run: str) -> Outcome:
        from brain_tumor_kedro.modelling.phases import train

        started, before = time.perf_counter(), self._store.seconds
        rows = kept(part_images(self._manifest, cell, self._settings.folds))
        recipe, task = Recipe.model_validate(cell.recipe), TASKS[self._settings.task]
        log = partial(self._log_epoch, run)
        result = train(
            recipe,
            self._images,
            rows,
            task.classes,
            cell.seed,
            log,
            positive=task.positive,
            compute=self._compute,
            pretrained=self._pretrained,
            store=self._store,
        )
        predictions = self._predict(result.model, recipe, rows)
        tables = {"predictions": predictions.table}
        if self._scorer.learns:
            tables[ATTENTION] = self._scorer.learn(predictions.table, predictions.features)
        summary = {
            **describe(cell),
            **self._summarize(result.summary, recipe),
            "images": rows["split"].value_counts().to_dict(),
            "seconds": time.perf_counter() - started,
            "feature_seconds": self._store.seconds - before,
            "mlflow_run": run,
            "scores": self._scorer.score(predictions.table, tables.get(ATTENTION)),
            "scoring": self._scorer.describe(),
            "history": result.history.to_dict("list"),
        }
        return Outcome(tables, summary)

    def _predict(self, model: Any, recipe: Recipe, rows: pd.DataFrame) -> Any:
        from brain_tumor_kedro.modelling.frozen_inference import (
            predict_table_with_store,
            stands_still,
        )
        from brain_tumor_kedro.modelling.inference import predict_table

        classes = TASKS[self._settings.task].classes
        if stands_still(recipe):
            return predict_table_with_store(model, recipe, self._store, rows, classes)
        return predict_table(model, self._images, rows, classes)

    def _summarize(self, summary: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
        keys = ("backbone", "weights", "image_size", "epochs", "kept_epoch", "fingerprint",
                "device", "precision", "versions", "temperature")  # fmt: skip
        return {
            **{key: summary[key] for key in keys},
            "family": recipe.spec.family,
            "parameters": summary["parameters"]["total"],
            "all_fields": recipe.model_dump(mode="json"),
            **self._about,
        }

    def _clear(self) -> None:
        """Many trainings in one process: what each leaves would stay in memory."""
        import keras

        keras.backend.clear_session()
        gc.collect()
