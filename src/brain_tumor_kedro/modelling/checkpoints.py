"""Checkpoints: an interrupted training goes on after its last full epoch, as if nothing had been.

Keras's own `BackupAndRestore` keeps the weights, the optimizer and the number of the epoch. It
knows nothing of the best weights so far, of what early stopping and plateaus have counted, of the
history, or of several phases, and it writes in place.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import keras
import pandas as pd
from filelock import FileLock, Timeout

from brain_tumor_kedro.modelling.averaging import AveragedWeights
from brain_tumor_kedro.modelling.checkpoint_identity import find_differences, identify
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.state_file import State, StateFolder
from brain_tumor_kedro.modelling.training_run import TrainingRun
from brain_tumor_kedro.modelling.training_state import (
    read_phase,
    read_run,
    restore_phase,
    restore_run,
)

logger = logging.getLogger(__name__)

ANEW = "To start anew, run without `resume`; that deletes it."


class Checkpoints:
    """The state of a training, kept after each epoch, and what is left to do.

    Attributes:
        run: The training.
    """

    def __init__(
        self, run: TrainingRun, folder: StateFolder | None, identity: dict[str, Any]
    ) -> None:
        """Begin with a training of which nothing is done.

        Args:
            run: The training.
            folder: Where states are kept; None keeps none.
            identity: What states are marked with.
        """
        self.run = run
        self._folder = folder
        self._identity = identity
        self._done = 0
        self._interrupted: State | None = None

    def go_on(self, state: State) -> None:
        """Go back to a state.

        Args:
            state: What this class has saved.

        Raises:
            ValueError: Where it is of another training.
        """
        if differences := find_differences(state.fields["identity"], self._identity):
            raise ValueError(
                f"The checkpoint is of another training: {'; '.join(differences)}. To go on with "
                f"it, run with what it was. {ANEW}"
            )
        restore_run(self.run, state)
        self._done = state.fields["phases_done"]
        self._interrupted = state if state.fields["within_phase"] else None

    def remaining(self) -> Iterator[Phase]:
        """Go through the phases that are not done, and keep the state between them.

        Yields:
            Phases; the first may be one that was interrupted.
        """
        if not self._done and self._interrupted is None:
            self._save_whole()
        for phase in self.run.recipe.phases[self._done :]:
            yield phase
            self._interrupted = None
            self._done += 1
            self._save_whole()

    def first_epoch(self, phase: Phase) -> int:
        """Say where a phase begins.

        Args:
            phase: The one at hand.

        Returns:
            How many of its epochs are done; all where it had stopped early.
        """
        stopped = self._interrupted is not None and self._interrupted.fields["stopped"]
        return phase.epochs if stopped else self.run.history.count(phase.name)

    def callback(self, others: Sequence[keras.callbacks.Callback]) -> keras.callbacks.Callback:
        """Make the callback that goes on within a phase and keeps every epoch.

        Args:
            others: The phase's callbacks. This one comes after them: a state has to hold what they
                have counted.

        Returns:
            The callback.
        """
        return _KeepEpochs(self, others)

    def restore_phase(
        self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]
    ) -> None:
        """Go back to where the phase at hand was interrupted, if it was."""
        if self._interrupted is not None:
            restore_phase(self.run, model, callbacks, self._interrupted)

    def save_epoch(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        """Keep the state after an epoch."""
        if self._folder is None:
            return
        with ExitStack() as stack:
            for callback in callbacks:
                if isinstance(callback, AveragedWeights):  # the model may have averaged ones now
                    stack.enter_context(callback.trained_weights())
            run, phase = read_run(self.run), read_phase(self.run, model, callbacks)
        fields = self._mark({**run.fields, **phase.fields}, within_phase=True)
        self._folder.save(State(fields, {**run.arrays, **phase.arrays}))

    def _save_whole(self) -> None:
        if self._folder is not None:
            run = read_run(self.run)
            fields = self._mark(run.fields, within_phase=False)
            self._folder.save(State(fields, run.arrays), lasting=True)

    def _mark(self, fields: Mapping[str, Any], *, within_phase: bool) -> dict[str, Any]:
        marks = {"phases_done": self._done, "within_phase": within_phase}
        return {**fields, **marks, "identity": self._identity}


@contextmanager
def keep_checkpoints(
    run: TrainingRun, manifest: pd.DataFrame, folder: Path | None, *, resume: bool
) -> Iterator[Checkpoints]:
    """Keep the states of a training in a folder, and go on with the one that is there.

    Args:
        run: The training, at its start.
        manifest: What it is trained on.
        folder: For checkpoints alone; None keeps none.
        resume: Go on where there is a state; otherwise it is deleted.

    Yields:
        The checkpoints.

    Raises:
        ValueError: Where the state is of another training or broken, or another program is
            training in that folder.
    """
    if folder is None:
        yield Checkpoints(run, None, {})
        return
    states = StateFolder(folder)
    checkpoints = Checkpoints(run, states, identify(run, manifest))
    with _locked(folder):
        if resume:
            _go_on(checkpoints, states)
        elif states.clear():
            logger.info("The checkpoint of an earlier training in %s is deleted", folder)
        yield checkpoints


def _go_on(checkpoints: Checkpoints, states: StateFolder) -> None:
    try:
        state = states.load()
    except ValueError as error:
        raise ValueError(f"The checkpoint {error} {ANEW}") from error
    if state is None:
        logger.info("There is no checkpoint to resume: the training begins at the beginning")
        return
    checkpoints.go_on(state)
    logger.info("The training goes on after %d epochs", len(checkpoints.run.history.rows))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ValueError(
            f"Another training is writing checkpoints to {folder}. Wait for it, or end it."
        ) from error
    try:
        yield
    finally:
        lock.release()


class _KeepEpochs(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """The hooks of `fit` that checkpoints need."""

    def __init__(
        self, checkpoints: Checkpoints, others: Sequence[keras.callbacks.Callback]
    ) -> None:
        super().__init__()
        self._checkpoints = checkpoints
        self._others = list(others)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._checkpoints.restore_phase(self.model, self._others)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._checkpoints.save_epoch(self.model, self._others)
