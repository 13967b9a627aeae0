"""All that a training needs to go on as if it had never been interrupted."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.state_file import State
from brain_tumor_kedro.modelling.training_run import TrainingRun

#: What Keras calls the variable of a `SeedGenerator`.
SEED = "seed_generator_state"

#: What Keras's callbacks count, by the names of their attributes; `fit` resets all of it.
COUNTED = ("best", "best_epoch", "wait", "stopped_epoch", "cooldown_counter")


def read_run(run: TrainingRun) -> State:
    """Read what there is of a training between its phases too.

    Args:
        run: The training.

    Returns:
        Its weights, the best ones so far, its history and its notes.
    """
    best, best_weights = run.best.state()
    fields = {
        "history": run.history.rows,
        "trainable_parameters": run.trainable_parameters,
        "best_epochs": run.best_epochs,
        "best": best,
        "resumed_at": run.resumed.at,
        "seconds": run.seconds(),
    }
    return State(fields, {"classifier": _read(run.classifier.variables), "best": best_weights})


def restore_run(run: TrainingRun, state: State) -> None:
    """Give a training that has just begun what `read_run` read.

    Args:
        run: The training; its history is told to whoever listens.
        state: What was read.
    """
    fields = state.fields
    _assign(run.classifier.variables, state.arrays["classifier"])
    run.best.restore(fields["best"], state.arrays["best"])
    run.trainable_parameters.update(fields["trainable_parameters"])
    run.best_epochs.update(fields["best_epochs"])
    run.resumed.at.extend([*fields["resumed_at"], len(fields["history"])])
    run.resumed.seconds = fields["seconds"]
    run.history.restore(fields["history"])


def read_phase(
    run: TrainingRun, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]
) -> State:
    """Read what there is within a phase alone.

    Args:
        run: The training.
        model: What the phase fits.
        callbacks: Those of the phase; all have taken the epoch in.

    Returns:
        The optimizer, the seeds of random changes, and what the callbacks have counted.
    """
    arrays = {
        "seeds": _read(_seeds(run, model)),
        "optimizer": _read(model.optimizer.variables),
    }
    for number, callback in enumerate(callbacks):
        arrays[f"best_weights_{number}"] = list(getattr(callback, "best_weights", None) or [])
    counted = [_count(callback) for callback in callbacks]
    return State({"stopped": bool(model.stop_training), "counted": counted}, arrays)


def restore_phase(
    run: TrainingRun,
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    state: State,
) -> None:
    """Give a phase that has just begun what `read_phase` read.

    Args:
        run: The training.
        model: What the phase fits, compiled.
        callbacks: Those of the phase; `fit` has reset them.
        state: What was read.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    _assign(_seeds(run, model), state.arrays["seeds"])
    _assign(model.optimizer.variables, state.arrays["optimizer"])
    for number, counted in enumerate(state.fields["counted"]):
        vars(callbacks[number]).update(counted)
        if weights := state.arrays[f"best_weights_{number}"]:
            callbacks[number].best_weights = list(weights)


def _seeds(run: TrainingRun, model: keras.Model) -> list[keras.Variable]:
    """The seeds of a phase's random changes; images kept on a device are variables too."""
    known = {id(variable) for variable in run.classifier.variables}
    return [
        variable
        for variable in model.variables
        if variable.name == SEED and id(variable) not in known
    ]


def _count(callback: keras.callbacks.Callback) -> dict[str, Any]:
    return {name: _plain(vars(callback)[name]) for name in COUNTED if name in vars(callback)}


def _plain(value: Any) -> int | float | None:
    """As JSON can hold it: logged numbers are of NumPy or of the backend."""
    return value if value is None or isinstance(value, int) else float(value)


def _read(variables: Iterable[keras.Variable]) -> list[np.ndarray]:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    expected = [tuple(variable.shape) for variable in variables]
    received = [value.shape for value in values]
    if expected != received:
        raise ValueError(
            f"The checkpoint has {len(received)} arrays where this program expects "
            f"{len(expected)}, or of other shapes: another version of it wrote the checkpoint. "
            "Start anew with resume: false."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
