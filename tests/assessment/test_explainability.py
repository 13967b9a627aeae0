import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.explainability import compare_ranks, score_maps

SIDE = 20


@pytest.fixture
def mask() -> np.ndarray:
    """A square of 4 x 4 pixels, 4% of the image."""
    mask = np.zeros((1, SIDE, SIDE), bool)
    mask[0, 4:8, 10:14] = True
    return mask


def score(values: np.ndarray, mask: np.ndarray, tolerance: float = 0.0) -> pd.Series:
    table = pd.DataFrame({"image_id": ["a"]})
    return score_maps(table, {"method": values[None]}, mask, tolerance).iloc[0]


def test_a_map_of_the_tumor_scores_highest(mask):
    row = score(mask[0].astype(np.float32), mask)

    assert (row["hit"], row["energy"], row["iou"], row["flat"]) == (1, 1, 1, False)
    assert (row["image_id"], row["method"]) == ("a", "method")


def test_scores_by_hand(mask):
    values = np.zeros((SIDE, SIDE), np.float32)
    values[4, 10], values[0, 0], values[19, 19] = 3, 1, -5

    row = score(values, mask)

    assert row["hit"] == 1
    assert row["energy"] == 0.75  # what speaks against the class counts as nothing
    # All is as high as the sixteenth highest pixel.
    assert row["iou"] == pytest.approx(16 / 400)


@pytest.mark.parametrize(("tolerance", "hit"), [(0.0, 0), (0.05, 0), (0.1, 1)])
def test_a_near_miss_is_a_hit_within_the_tolerance(mask, tolerance, hit):
    values = np.zeros((SIDE, SIDE))
    values[9, 12] = 1  # two rows, a tenth of the side, below the last one of the mask

    assert score(values, mask, tolerance)["hit"] == hit


def test_a_shared_maximum_hits_in_part_and_a_flat_map_as_chance_does(mask):
    half = np.zeros((SIDE, SIDE))
    half[4, 10] = half[15, 15] = 1

    assert score(half, mask)["hit"] == 0.5
    for flat in (np.zeros((SIDE, SIDE)), np.full((SIDE, SIDE), -1.0)):
        row = score(flat, mask)
        assert row["flat"]
        assert (row["hit"], row["energy"], row["iou"]) == pytest.approx((0.04, 0.04, 0.04))


def test_draws_are_averaged(mask):
    inside, outside = mask[0].astype(float), 1 - mask[0].astype(float)
    table = pd.DataFrame({"image_id": ["a"]})

    scores = score_maps(table, {"random": np.stack([inside, outside])[None]}, mask, 0)

    assert scores[["hit", "energy"]].to_numpy().tolist() == [[0.5, 0.5]]


def test_what_does_not_belong_together_is_refused(mask):
    table = pd.DataFrame({"image_id": ["a"]})
    with pytest.raises(ValueError, match="of the same images, received 1 rows"):
        score_maps(table, {"method": np.zeros((1, 9, 9))}, mask, 0)
    with pytest.raises(ValueError, match="an empty one"):
        score_maps(table, {"method": np.zeros((1, SIDE, SIDE))}, mask & False, 0)


def test_no_masks_no_scores():
    nothing = np.zeros((0, SIDE, SIDE))
    table = pd.DataFrame({"image_id": pd.Series([], dtype=str)})

    scores = score_maps(table, {"method": nothing}, nothing.astype(bool), 0)

    assert len(scores) == 0
    assert {"hit", "energy", "iou", "method"} <= set(scores.columns)


def test_ranks_are_compared_pair_by_pair():
    maps = np.random.default_rng(0).random((3, 60, 60))
    flat = np.zeros((3, 60, 60))

    np.testing.assert_allclose(compare_ranks(maps, maps**3), 1)
    np.testing.assert_allclose(compare_ranks(maps, -maps), -1)
    np.testing.assert_allclose(compare_ranks(maps, maps[::-1].copy())[[0, 2]], 0, atol=0.1)
    assert compare_ranks(maps, flat).tolist() == [0, 0, 0]
    assert compare_ranks(flat, flat).tolist() == [1, 1, 1]
