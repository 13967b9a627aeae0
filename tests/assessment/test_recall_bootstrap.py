import numpy as np
import pytest

from brain_tumor_kedro.assessment.recall_bootstrap import bootstrap_recalls


def test_recalls_are_counted_by_class_and_condition():
    right = np.array([[1, 0], [1, 1], [0, 0], [1, 1]], bool)
    found = bootstrap_recalls(right, np.array([0, 0, 0, 2]), list("abcd"), 200, 0)

    assert found.classes.tolist() == [0, 2]
    assert found.counts.tolist() == [3, 1]
    np.testing.assert_allclose(found.found, [[2 / 3, 1 / 3], [1, 1]])
    np.testing.assert_allclose(found.balanced()[0], [5 / 6, 2 / 3])
    assert found.drawn.shape == (200, 2, 2)


def test_the_spread_is_that_of_groups_not_of_images():
    rng = np.random.default_rng(0)
    of_group = rng.random(40) < 0.7
    right = np.repeat(of_group, 25)[:, None]
    groups = np.repeat(np.arange(40), 25)
    truth = np.zeros(1000, int)

    recalls = bootstrap_recalls(right, truth, groups, 2000, 1)
    found, drawn = recalls.balanced()
    _, low, high, _ = recalls.bound(found[0], drawn[:, 0])
    assert recalls.effective == pytest.approx([40])
    expected = 2.05 * np.sqrt(of_group.mean() * (1 - of_group.mean()) / 40)
    assert (high - low) / 2 == pytest.approx(expected, rel=0.1)


def test_conditions_share_their_draws():
    right = np.random.default_rng(0).random((60, 1)) < 0.5
    both = np.hstack([right, right])
    drawn = bootstrap_recalls(both, np.zeros(60, int), np.arange(60), 100, 0).drawn
    assert (drawn[:, :, 0] == drawn[:, :, 1]).all()


def test_one_group_has_no_interval():
    found = bootstrap_recalls(np.ones((3, 1), bool), np.zeros(3, int), ["a"] * 3, 100, 0)
    assert found.balanced()[0] == 1
    assert found.bound(1.0, found.balanced()[1][:, 0])[:3] == (1.0, None, None)


def test_draws_without_a_class_have_no_average():
    right = np.array([[True], [False], [False]])
    found = bootstrap_recalls(right, np.array([0, 1, 1]), list("abc"), 500, 0)
    drawn = found.balanced()[1][:, 0]
    lacking = np.isnan(found.drawn[:, :, 0]).any(axis=1)
    assert 0 < lacking.sum() < 500
    assert np.isnan(drawn[lacking]).all()
    assert set(drawn[~lacking]) == {0.5}
