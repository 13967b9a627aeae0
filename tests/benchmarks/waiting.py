"""How long a training waits for its batches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras


class WaitingClock:
    """Splits `fit`'s steps into waiting for the next batch and computing with it.

    Keras hands its compiled step an iterator of prefetched batches, and the step takes one from
    it. Here the batch is taken first, timed, and the same compiled step is given that one batch.
    """

    def __init__(self) -> None:
        self.epochs: list[tuple[float, float]] = []
        self._waited = self._computed = 0.0

    @contextmanager
    def in_fit(self) -> Iterator[None]:
        make = keras.Model.make_train_function

        def make_timed(model: keras.Model, force: bool = False) -> None:
            make(model, force)
            step = model.train_function
            model.train_function = lambda iterator: self.take_step(step, iterator)

        keras.Model.make_train_function = make_timed
        try:
            yield
        finally:
            keras.Model.make_train_function = make

    def take_step(self, step: Callable[..., Any], iterator: Iterator[Any]) -> Any:
        started = time.perf_counter()
        batch = next(iterator)
        arrived = time.perf_counter()
        logs = step(iter([batch]))
        float(logs["loss"])  # waits for the device
        self._waited += arrived - started
        self._computed += time.perf_counter() - arrived
        return logs

    def end_epoch(self, *_: Any) -> None:
        self.epochs.append((self._waited, self._waited + self._computed))
        self._waited = self._computed = 0.0
