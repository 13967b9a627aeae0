import numpy as np
import pytest

from brain_tumor_kedro.assessment.probing import MANY, predict_unseen, probe

RNG = np.random.default_rng(0)
SETTINGS = {"least": 10, "folds": 5, "draws": 200, "seed": 0}


def data(n: int = 120, width: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    target = np.array(["x", "y", "y"] * (n // 3), dtype=object)
    groups = np.array([f"g{number // 3}" for number in range(n)], dtype=object)
    return RNG.normal(size=(n, width)).astype(np.float32), target, groups


@pytest.mark.parametrize("width", [5, MANY])
def test_what_can_be_told_is_told(width):
    numbers, target, groups = data(width=width)
    numbers[:, :3] += 6 * (target == "x")[:, None]

    found = probe(numbers, target, groups, **SETTINGS)

    assert found["accuracy"] > 0.85
    assert found["low"] > 0.75
    assert found["chance"] == 0.5
    assert found["counts"] == {"x": 40, "y": 80}
    assert found["reason"] is None


@pytest.mark.parametrize("width", [5, MANY])
def test_what_cannot_be_told_is_guessed(width):
    found = probe(*data(width=width), **SETTINGS)
    assert found["low"] < 0.55
    assert found["high"] > 0.45


def test_what_is_known_of_a_group_does_not_help():
    # The numbers name the group and nothing else: known by heart, of no use for others.
    _, _, groups = data()
    target = np.repeat(RNG.permutation(["x", "y"] * 20), 3).astype(object)
    numbers = np.unique(groups, return_inverse=True)[1][:, None].astype(np.float32)

    found = probe(numbers, target, groups, **SETTINGS)
    assert found["accuracy"] < 0.75


def test_every_image_is_predicted():
    predicted = predict_unseen(*data(), folds=4, seed=1)
    assert len(predicted) == 120
    assert set(predicted) <= {"x", "y"}


@pytest.mark.parametrize(
    ("target", "groups", "said"),
    [
        (["x"] * 40, range(40), "fewer than two"),
        (["x"] * 35 + ["y"] * 5, range(40), "fewer than two with 10"),
        (["x"] * 20 + ["y"] * 20, [*range(20), *[99] * 20], "single group"),
        ([], [], "fewer than two"),
    ],
)
def test_where_nothing_can_be_told_it_says_why(target, groups, said):
    numbers = np.zeros((len(target), 3), np.float32)
    found = probe(numbers, np.array(target, object), np.array(list(groups), object), **SETTINGS)
    assert found["accuracy"] is None
    assert said in found["reason"]


def test_the_rare_are_left_out_and_the_rest_is_told():
    numbers, target, groups = data()
    target[:4] = "rare"
    found = probe(numbers, target, groups, **SETTINGS)
    assert set(found["counts"]) == {"x", "y"}
    assert found["n"] == 116
