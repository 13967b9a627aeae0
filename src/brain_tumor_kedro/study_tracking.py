"""What MLflow sees of a study: one parent run, a run for every cell, and one for every strategy.

Everything goes through a client by the runs' ids: the active run is that of the command, and
several commands share a study. A store that cannot be written to costs its entry, not the cell.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from brain_tumor_kedro import tracking
from brain_tumor_kedro.studies.cells import Cell
from brain_tumor_kedro.studies.points import label
from brain_tumor_kedro.studies.scores import METRICS

logger = logging.getLogger(__name__)

PARENT_TAG = "mlflow.parentRunId"
#: How many parameters MLflow takes at once, and how long each may be.
PARAMS, LENGTH = 100, 6000


class StudyRuns:
    """Logs the cells of a study; a `studies.engine.Listener`.

    Attributes:
        parent: The id of the study's own run; empty where nothing is tracked.
    """

    def __init__(self, study: str, parent: str, tags: Mapping[str, Any]) -> None:
        """Take up the study's run, or begin it.

        Args:
            study: Its name.
            parent: The id that an earlier command, or another process, has left; may be empty.
            tags: Of every run of the study.
        """
        self._study = study
        self._tags = {"study": study, **{key: str(value) for key, value in tags.items()}}
        self._client = MlflowClient()
        command = mlflow.active_run()
        self._experiment = command.info.experiment_id if command else ""
        self.parent = self._open(parent) if command else ""
        if command:
            tracking.log_tags({**self._tags, "study_parent": self.parent})

    def _open(self, parent: str) -> str:
        if parent and self._is_there(parent):
            self._client.update_run(parent, status="RUNNING")
            return parent
        run = self._client.create_run(
            self._experiment, run_name=f"study {self._study}", tags=self._tags
        )
        return str(run.info.run_id)

    def _is_there(self, run: str) -> bool:
        try:
            found = self._client.get_run(run)
        except MlflowException:
            logger.info("MLflow run %s of the study is in another store: it gets a new one", run)
            return False
        return bool(found.info.lifecycle_stage == "active")

    def started(self, cell: Cell) -> str:
        """Begin the run of a cell; empty where nothing is tracked."""
        if not self.parent:
            return ""
        runs: list[str] = []
        _try(lambda: runs.append(self._begin(cell.title, self.parent)))
        if not runs:
            return ""
        point = {f"space.{key}": label(value) for key, value in cell.point.items()}
        place = {"seed": cell.seed, "fold": cell.fold, "repeat": cell.repeat, "cell": cell.id}
        _try(lambda: self._log_params(runs[0], {**_fields(cell), **point, **place}))
        return runs[0]

    def log_epoch(self, run: str, epoch: int, values: Mapping[str, float]) -> None:
        """Log an epoch of a cell."""
        if run:
            _try(lambda: self._log_metrics(run, values, epoch))

    def finished(self, cell: Cell, run: str, summary: Mapping[str, Any]) -> None:
        """Log the scores of a cell, those of its strategies in runs of their own, and end it."""
        if not run:
            return
        _try(lambda: self._log_scores(cell, run, summary))
        _try(lambda: self._client.set_terminated(run, "FINISHED"))

    def failed(self, cell: Cell, run: str, error: str, *, interrupted: bool) -> None:
        """End a run whose cell has no result."""
        if run:
            _try(lambda: self._client.set_tag(run, "error", error[:LENGTH]))
            _try(lambda: self._client.set_terminated(run, "KILLED" if interrupted else "FAILED"))

    def lost(self, run: str) -> None:
        """End a run whose process was killed, and could not."""
        if run and self.parent:
            _try(lambda: self._close(run))

    def close(self, state: str, tags: Mapping[str, Any]) -> None:
        """End the study's own run, until a command takes it up again.

        Args:
            state: `FINISHED`, `FAILED` or `KILLED`.
            tags: Of what was found.
        """
        if self.parent:
            for key, value in tags.items():
                _try(partial(self._client.set_tag, self.parent, key, value))
            _try(lambda: self._client.set_terminated(self.parent, state))

    def _begin(self, title: str, parent: str) -> str:
        tags = {**self._tags, PARENT_TAG: parent}
        return str(self._client.create_run(self._experiment, run_name=title, tags=tags).info.run_id)

    def _close(self, run: str) -> None:
        if self._client.get_run(run).info.status == "RUNNING":
            self._client.set_terminated(run, "KILLED")

    def _log_params(self, run: str, values: Mapping[str, Any]) -> None:
        params = [Param(key, str(value)[:LENGTH]) for key, value in values.items()]
        for start in range(0, len(params), PARAMS):
            self._client.log_batch(run, params=params[start : start + PARAMS])

    def _log_metrics(self, run: str, values: Mapping[str, Any], step: int = 0) -> None:
        known = {key: value for key, value in values.items() if value is not None}
        metrics = [Metric(key, float(value), 0, step) for key, value in known.items()]
        self._client.log_batch(run, metrics=metrics)

    def _log_scores(self, cell: Cell, run: str, summary: Mapping[str, Any]) -> None:
        by_strategy: dict[str, dict[str, float]] = {}
        for row in summary["scores"]:
            named = {f"{row['split']}.{metric}": row[metric] for metric in METRICS}
            named[f"{row['split']}.baseline_f1"] = row["baseline_f1"]
            by_strategy.setdefault(row["strategy"], {}).update(named)
        self._log_params(run, {"strategy": "slice"})
        self._log_metrics(run, {**by_strategy.pop("slice", {}), "seconds": summary["seconds"]})
        self._client.set_tag(run, "fingerprint", summary["fingerprint"])
        for strategy, scores in by_strategy.items():
            self._log_strategy(cell, run, strategy, scores)

    def _log_strategy(
        self, cell: Cell, run: str, strategy: str, scores: Mapping[str, float]
    ) -> None:
        child = self._begin(f"{strategy}: {cell.title}", run)
        point = {f"space.{key}": label(value) for key, value in cell.point.items()}
        about = {"recipe_name": cell.recipe_name, "seed": cell.seed, "cell": cell.id}
        backbone = {"recipe.backbone": cell.recipe["backbone"]}
        self._log_params(child, {"strategy": strategy, **about, **backbone, **point})
        self._log_metrics(child, scores)
        self._client.set_terminated(child, "FINISHED")


def _fields(cell: Cell) -> dict[str, Any]:
    return {
        "recipe_name": cell.recipe_name,
        **tracking.flatten(cell.recipe, "recipe"),
        **tracking.flatten(cell.data, "data"),
    }


def _try(log: Callable[[], Any]) -> None:
    try:
        log()
    except MlflowException as error:
        logger.warning("MLflow could not be written to: %s", error)
