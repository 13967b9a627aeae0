import numpy as np

from brain_tumor_kedro.modelling.throughput import ROUNDS, measure


def test_ways_have_their_turn_one_after_another():
    calls = []

    def way(name):
        return lambda batch: calls.append((name, batch.shape)) or batch

    rates = measure({"a": way("a"), "b": way("b")}, np.zeros((3, 2, 2), np.uint8), 8, 0.0)

    assert calls == [("a", (8, 2, 2)), ("b", (8, 2, 2))] * (1 + ROUNDS)
    assert set(rates) == {"a", "b"}
    assert min(rates.values()) > 0
