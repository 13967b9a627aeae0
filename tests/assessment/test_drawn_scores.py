import numpy as np
import pytest

from brain_tumor_kedro.assessment.drawn_scores import Draws, score_with_intervals

GROUPS = np.arange(200) // 2


def mean_of(values):
    return lambda weights: {"mean": values @ weights / weights.sum(axis=0)}


def test_a_mean_has_the_interval_of_its_standard_error():
    values = np.repeat(np.random.default_rng(0).normal(5, 1, 100), 2)
    spread = score_with_intervals(mean_of(values), Draws(GROUPS, 2000, 0))["mean"]
    half = 1.98 * values[::2].std() / np.sqrt(99)
    assert spread["value"] == pytest.approx(values.mean())
    assert spread["low"] == pytest.approx(values.mean() - half, abs=0.05)
    assert spread["high"] == pytest.approx(values.mean() + half, abs=0.05)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(0).normal(5, 1, 200)
    one, same, other = (
        score_with_intervals(mean_of(values), Draws(GROUPS, 500, seed)) for seed in (0, 0, 1)
    )
    assert one == same != other


def test_what_drawing_adds_to_a_distance_is_taken_off():
    values = np.random.default_rng(0).normal(0, 1, 200)

    def distance(weights):
        return {"distance": np.abs(values @ weights / weights.sum(axis=0))}

    draws = Draws(np.arange(200), 2000, 0)
    plain = score_with_intervals(distance, draws)["distance"]
    moved = score_with_intervals(distance, draws, distances=["distance"])["distance"]
    assert moved["low"] == 0 <= moved["value"] <= moved["high"] < plain["high"]
    assert moved["value"] == plain["value"]


def test_scores_of_some_images_count_their_groups():
    inside = GROUPS < 1
    values = np.linspace(0, 1, 200)
    spread = score_with_intervals(mean_of(values), Draws(GROUPS, 200, 0), inside={"mean": inside})
    assert (spread["mean"]["low"], spread["mean"]["high"]) == (None, None)
