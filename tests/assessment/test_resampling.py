import numpy as np
import pandas as pd
import pytest

from assessment.test_weighted import CLASSES, POSITIVE, random_outcome
from brain_tumor_kedro.assessment.resampling import (
    code_groups,
    combine_effective,
    draw_weights,
    effective_groups,
    resample,
)
from brain_tumor_kedro.assessment.weighted import prepare


def test_an_image_without_a_group_is_its_own():
    manifest = pd.DataFrame(
        {"image_id": list("abcde"), "group_id": ["g1", "g1", None, None, "c"]}, dtype=object
    )

    groups = code_groups(pd.Series(["a", "c", "d", "b", "e"]), manifest)

    assert groups.tolist() == [0, 2, 3, 0, 1]


def test_an_image_that_the_manifest_lacks_is_refused():
    manifest = pd.DataFrame({"image_id": ["a"], "group_id": ["g"]})
    with pytest.raises(ValueError, match=r"'x' and 1 others"):
        code_groups(pd.Series(["a", "x", "y"]), manifest)


def test_images_of_a_group_are_drawn_together_and_as_many_groups_as_there_are():
    groups = np.array([0, 1, 0, 2, 1, 3])

    weights = np.concatenate(list(draw_weights(groups, 500, seed=0)), axis=1)

    assert weights.shape == (6, 500)
    assert (weights[0] == weights[2]).all()
    assert (weights[1] == weights[4]).all()
    assert (weights[[0, 1, 3, 5]].sum(axis=0) == 4).all()
    assert weights.mean() == pytest.approx(1, abs=0.05)


def test_draws_do_not_depend_on_how_they_are_cut_and_repeat(monkeypatch):
    groups = np.arange(40) // 4
    whole = np.concatenate(list(draw_weights(groups, 60, seed=3)), axis=1)
    monkeypatch.setattr("brain_tumor_kedro.assessment.resampling.CHUNK", 400)

    parts = list(draw_weights(groups, 60, seed=3))

    assert [part.shape[1] for part in parts] == [10] * 6
    assert (np.concatenate(parts, axis=1) == whole).all()


def test_predictors_are_scored_on_the_same_draws():
    prepared = prepare(random_outcome(), CLASSES, POSITIVE)

    drawn = resample({"one": prepared, "two": prepared}, np.arange(240) // 5, 50, seed=0)

    assert (drawn["one"]["all", "mcc"] == drawn["two"]["all", "mcc"]).all()
    assert np.ptp(drawn["one"]["all", "mcc"]) > 0


def test_groups_of_one_size_count_in_full_and_a_large_one_hardly():
    everything = np.ones(12, dtype=bool)

    assert effective_groups(np.arange(12) // 3, everything) == pytest.approx(4)
    assert effective_groups(np.array([0] * 9 + [1, 2, 3]), everything) == pytest.approx(144 / 84)
    assert effective_groups(np.array([0] * 9 + [1, 2, 3]), np.arange(12) >= 9) == pytest.approx(3)
    assert effective_groups(np.zeros(2, int), np.zeros(2, bool)) == 0


def test_the_class_with_the_fewest_groups_decides_on_an_average():
    # Equal parts: four times the degrees of freedom of one.
    assert combine_effective([5, 5, 5, 5]) == pytest.approx(1 + 4 * 4)
    assert combine_effective([2, 1e6]) == pytest.approx(1 + 1, abs=1e-4)
    assert combine_effective([1, 20, 20]) == 1
