"""Throughput: how many images a second each of several ways to predict answers."""

import time
from collections.abc import Mapping

import numpy as np

from brain_tumor_kedro.modelling.exported import Predict

#: Each way has its turn so often: a machine that is busy for a while slows all of them down.
ROUNDS = 3


def measure(
    ways: Mapping[str, Predict], images: np.ndarray, batch_size: int, seconds: float
) -> dict[str, float]:
    """Measure ways to predict, in turns; the fastest turn of each counts.

    Args:
        ways: By name.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        batch_size: Images per call; where there are fewer images, they come again.
        seconds: How long each way is measured, in all; at least a call per turn.

    Returns:
        Images per second, by name.
    """
    batch = np.ascontiguousarray(images[np.resize(np.arange(len(images)), batch_size)])
    for predict in ways.values():
        predict(batch)  # compiles
    rates = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, predict in ways.items():
            rate = _measure_once(predict, batch, seconds / ROUNDS)
            rates[name] = max(rates[name], rate)
    return rates


def _measure_once(predict: Predict, batch: np.ndarray, seconds: float) -> float:
    began, calls = time.perf_counter(), 0
    while not calls or time.perf_counter() - began < seconds:
        predict(batch)
        calls += 1
    return calls * len(batch) / (time.perf_counter() - began)
