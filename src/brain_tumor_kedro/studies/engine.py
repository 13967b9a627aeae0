"""The engine: trains the cells of a study, each once, whoever else is at work on them.

A database hands out trials: of a grid each is a cell, of a sampled search a point with all of its
seeds and folds. What a cell has found lies in files of its own, and these alone say what is
finished: a trial whose files are gone is run again, and files of an earlier run are not made anew.
"""

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from brain_tumor_kedro.studies.cell_files import CellFiles
from brain_tumor_kedro.studies.cells import Cell, CellPlanner
from brain_tumor_kedro.studies.points import (
    list_corners,
    list_points,
    read_point,
    suggest_point,
)
from brain_tumor_kedro.studies.processes import identify_process, is_dead
from brain_tumor_kedro.studies.results import describe, find_score
from brain_tumor_kedro.studies.search_space import StudySettings
from brain_tumor_kedro.studies.storage import (
    CELL,
    LOST,
    PROCESS,
    RETRY_OF,
    RUN,
    fail_stale,
    requeue,
)

logger = logging.getLogger(__name__)

#: Seconds between two looks at what other processes are still running.
WAIT = 5.0


class CellFailedError(RuntimeError):
    """A cell raised an error, which is kept in its files."""


@dataclass(frozen=True)
class Outcome:
    """What a training has found.

    Attributes:
        tables: By name; `predictions` among them.
        summary: As JSON holds it, with `scores`: rows with `strategy`, `split` and metrics.
    """

    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]


class Listener(Protocol):
    """Hears of every cell as it goes, such as to log it."""

    def started(self, cell: Cell) -> str:
        """Hear that a cell begins; return a name for what is logged, or nothing."""

    def finished(self, cell: Cell, run: str, summary: Mapping[str, Any]) -> None:
        """Hear what it has found."""

    def failed(self, cell: Cell, run: str, error: str, *, interrupted: bool) -> None:
        """Hear that it ended without a result."""

    def lost(self, run: str) -> None:
        """Hear that the process that logged under that name was killed."""


#: Trains a cell; the second value is what the listener called it.
Train = Callable[[Cell, str], Outcome]


@dataclass(frozen=True)
class Engine:
    """Trains cells.

    Attributes:
        settings: Of the study.
        study: In its database.
        planner: Makes cells of points.
        files: Where results lie.
        train: Trains a cell.
        listener: Hears of every cell.
        lock: Held while cells are put into the queue.
        tried: Cells that this run has tried, whose failures are not of an earlier one.
        wait: Seconds between two looks at what other processes are still running.
    """

    settings: StudySettings
    study: optuna.Study
    planner: CellPlanner
    files: CellFiles
    train: Train
    listener: Listener
    lock: AbstractContextManager[Any]
    tried: set[str] = field(default_factory=set)
    wait: float = WAIT

    def run(self) -> list[Cell]:
        """Train all cells that are not finished.

        Returns:
            The cells of the study, also those that failed.

        Raises:
            ValueError: Where a combination is no recipe; before the first cell is trained.
        """
        if self.settings.search == "grid":
            cells = self.planner.plan(list_points(self.settings))
            self._work_off(cells)
            return cells
        return self._sample()

    def _work_off(self, cells: Sequence[Cell]) -> None:
        by_id = {cell.id: cell for cell in cells}
        self._announce(cells)
        while True:
            with self.lock:
                self._take_up_lost()
                self._enqueue(by_id)
            if self._trials(TrialState.WAITING):
                self._optimize(lambda trial: self._run_queued(trial, by_id))
            elif self._trials(TrialState.RUNNING):
                self._pause()
            else:
                return

    def _announce(self, cells: Sequence[Cell]) -> None:
        states = [self.files.state(cell.id) for cell in cells]
        logger.info(
            "The study has %d cells: %d are finished, %d failed before%s, %d are to be run",
            len(cells), states.count("finished"), states.count("failed"),
            " and are run again" if self.settings.retry_failed else "",
            states.count("open") + states.count("failed") * self.settings.retry_failed,
        )  # fmt: skip

    def _enqueue(self, cells: Mapping[str, Cell]) -> None:
        active = self._trials(TrialState.WAITING, TrialState.RUNNING)
        taken = {trial.user_attrs.get(CELL) for trial in active}
        for cell in cells:
            if cell not in taken and self._is_open(cell):
                self.study.enqueue_trial({}, user_attrs={CELL: cell})

    def _is_open(self, cell: str) -> bool:
        state = self.files.state(cell)
        wanted = state == "open" or (state == "failed" and self.settings.retry_failed)
        return wanted and cell not in self.tried

    def _run_queued(self, trial: optuna.Trial, cells: Mapping[str, Cell]) -> float:
        cell = cells.get(trial.user_attrs.get(CELL, ""))
        self._close_lost(trial)
        # Without a cell: another process took the last one between the look and the grip.
        if cell is None or not self._is_open(cell.id) or self._runs_already(trial):
            raise optuna.TrialPruned
        self._run_cell(cell, trial)
        return 0.0

    def _runs_already(self, trial: optuna.Trial) -> bool:
        """Say whether another process runs the same cell; of two, the one with the lower number."""
        cell = trial.user_attrs[CELL]
        return any(
            other.user_attrs.get(CELL) == cell and other.number < trial.number
            for other in self._trials(TrialState.RUNNING)
        )

    def _sample(self) -> list[Cell]:
        self.planner.plan(list_corners(self.settings))  # raises where one is no recipe
        while True:
            with self.lock:
                self._take_up_lost()
            if self._trials(TrialState.WAITING) or self._sampled() < (self.settings.trials or 0):
                self._optimize(self._run_sampled)
            elif self._trials(TrialState.RUNNING):
                self._pause()
            else:
                return self._sampled_cells()

    def _sampled(self) -> int:
        return len(self._counted())

    def _counted(self) -> list[FrozenTrial]:
        """The sampled points: without those that were taken up again, or one too many."""
        trials = self.study.get_trials(deepcopy=False)
        again = {trial.user_attrs.get(RETRY_OF) for trial in trials}
        return [
            trial
            for trial in trials
            if trial.number not in again and trial.state != TrialState.PRUNED
        ]

    def _run_sampled(self, trial: optuna.Trial) -> float:
        before = sum(other.number < trial.number for other in self._counted())
        if before >= (self.settings.trials or 0):
            raise optuna.TrialPruned
        trial.set_user_attr(PROCESS, identify_process())
        self._close_lost(trial)
        # Of the number: one process samples as a resumed one does, and no two sample the same.
        seed = np.random.SeedSequence([self.settings.search_seed, trial.number])
        self.study.sampler = optuna.samplers.TPESampler(seed=int(seed.generate_state(1)[0]))
        point = suggest_point(self.settings, trial)
        try:
            cells = self.planner.plan([point])
        except ValueError as error:
            logger.error("%s", error)
            raise CellFailedError(str(error)) from error
        values = [self._value_of(cell, trial) for cell in cells]
        return sum(values) / len(values)

    def _value_of(self, cell: Cell, trial: optuna.Trial) -> float:
        if self._is_open(cell.id):
            self._run_cell(cell, trial)
        if self.files.state(cell.id) != "finished":
            raise CellFailedError(f"cell {cell.id} failed before")
        value = find_score(self.files.summary(cell.id), *self.settings.chosen_by)
        if value is None:
            raise CellFailedError(f"cell {cell.id} has no {' '.join(self.settings.chosen_by)}")
        return value

    def _sampled_cells(self) -> list[Cell]:
        whole = [t for t in self._counted() if set(t.params) == set(self.settings.space)]
        return self.planner.plan(read_point(self.settings, trial.params) for trial in whole)

    def _optimize(self, objective: Callable[[optuna.Trial], float]) -> None:
        try:
            self.study.optimize(objective, n_trials=1, catch=(CellFailedError,))
        except (optuna.exceptions.UpdateFinishedTrialError, ValueError) as error:
            if isinstance(error, ValueError) and not str(error).startswith("Cannot tell"):
                raise
            # Counted as lost while it was running, as after a sleep of the machine: its files are
            # there all the same, and what was put back into the queue finds them.
            logger.warning("A cell was counted as lost while it was running")

    def _run_cell(self, cell: Cell, trial: optuna.Trial) -> None:
        trial.set_user_attr(PROCESS, identify_process())
        self.tried.add(cell.id)
        run = self.listener.started(cell)
        trial.set_user_attr(RUN, run)
        logger.info("Cell %s: %s", cell.id, cell.title)
        try:
            outcome = self.train(cell, run)
            self.files.write(cell.id, outcome.tables, outcome.summary)
        except Exception as error:
            self._fail(cell, run, error)
            raise CellFailedError(str(error)) from error
        except BaseException:
            self.listener.failed(cell, run, "interrupted", interrupted=True)
            self._put_back(trial)
            raise
        self.listener.finished(cell, run, outcome.summary)

    def _close_lost(self, trial: optuna.Trial) -> None:
        for run in trial.user_attrs.get(LOST, []):
            self.listener.lost(run)

    def _fail(self, cell: Cell, run: str, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        logger.error("Cell %s (%s) failed: %s", cell.id, cell.title, text)
        trace = "".join(traceback.format_exception(error))
        failure = {**describe(cell), "error": text, "traceback": trace, "mlflow_run": run}
        self.files.write_failure(cell.id, failure)
        self.listener.failed(cell, run, text, interrupted=False)

    def _put_back(self, trial: optuna.Trial) -> None:
        # Another process may have counted it as lost meanwhile, and put it back already.
        for running in self._trials(TrialState.RUNNING):
            if running.number == trial.number:
                requeue(self.study, running, killed=False)

    def _take_up_lost(self) -> None:
        """Put back what killed processes were running: at once those of this machine."""
        fail_stale(self.study)
        for trial in self._trials(TrialState.RUNNING):
            if is_dead(trial.user_attrs.get(PROCESS)):
                logger.info("Trial %d was left by a process that was killed", trial.number)
                told = self.study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
                requeue(self.study, told)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states)

    def _pause(self) -> None:
        running = len(self._trials(TrialState.RUNNING))
        logger.info("Waiting for %d cells that other processes are running", running)
        time.sleep(self.wait)
