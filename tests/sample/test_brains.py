import numpy as np
import pytest

from brain_tumor_kedro.sample.brains import SHAPE, SPACING, draw_brain, grid, smooth_field


@pytest.mark.parametrize("seed", range(5))
def test_every_voxel_is_filled_and_the_brain_has_room_around(seed: int):
    brain = draw_brain(np.random.default_rng(seed))

    assert set(brain.tissues) == {"white", "gray", "fluid", "vessel"}
    total = np.sum(list(brain.tissues.values()), axis=0)
    np.testing.assert_allclose(total[brain.inside], 1, atol=1e-4)
    assert all(share.shape == SHAPE for share in brain.tissues.values())
    assert all(share.min() > -1e-5 and share.max() < 1 + 1e-5 for share in brain.tissues.values())
    # Liters, of an adult's brain.
    assert 0.9 < brain.inside.sum() * np.prod(SPACING) / 1e6 < 1.8
    outside = ~brain.inside
    assert all(outside.take([0, -1], axis=axis).all() for axis in range(3))


def test_brains_are_individual():
    one, other = (draw_brain(np.random.default_rng(seed)) for seed in (1, 2))

    overlap = (one.inside & other.inside).sum() / (one.inside | other.inside).sum()
    assert 0.7 < overlap < 0.97


def test_places_are_mm_from_the_middle():
    places = grid()

    assert places.shape == (3, *SHAPE)
    np.testing.assert_allclose(places.mean(axis=(1, 2, 3)), 0, atol=1e-4)
    steps = [np.diff(places[axis], axis=axis) for axis in range(3)]
    assert [float(step.min()) for step in steps] == list(SPACING)


def test_fields_are_smoother_the_wider_their_grain():
    rng = np.random.default_rng(0)
    fine, coarse = smooth_field(rng, 1.0), smooth_field(rng, 4.0)

    for field in (fine, coarse):
        assert (abs(field.mean()), field.std()) == pytest.approx((0, 1), abs=1e-3)
    assert np.abs(np.diff(coarse, axis=0)).mean() < 0.5 * np.abs(np.diff(fine, axis=0)).mean()
