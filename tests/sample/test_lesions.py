import numpy as np
import pytest

from brain_tumor_kedro.sample.geometry import pixel_grid
from brain_tumor_kedro.sample.heads import draw_head
from brain_tumor_kedro.sample.lesions import REACH, draw_lesion, paint_lesion

SEEDS = range(6)


def drawn(label: str, seed: int):
    rng = np.random.default_rng(seed)
    head = draw_head(rng)
    lesion = draw_lesion(label, head, rng)
    assert lesion is not None
    return head, lesion


@pytest.mark.parametrize("seed", SEEDS)
def test_glioma_lies_inside_and_has_a_dark_core_in_a_bright_ring(seed: int):
    head, lesion = drawn("glioma", seed)
    points = pixel_grid(200)
    image = paint_lesion(lesion, np.full((200, 200), 0.4, np.float32), points, lesion.outline)
    out = lesion.outline.scaled_radius(points)
    assert head.brain_distance(points, 0.0)[out < 0.1].max() < 0
    assert image[out < 0.3].mean() < 0.3 < 0.6 < image[(out > 0.85) & (out < 0.95)].mean()
    assert image[(out > 1.15) & (out < 1.3)].mean() < 0.4


@pytest.mark.parametrize("seed", SEEDS)
def test_meningioma_touches_the_skull_from_inside_and_is_even(seed: int):
    head, lesion = drawn("meningioma", seed)
    points = pixel_grid(200)
    edge = head.brain_distance(lesion.outline.line(), 0.0)
    assert edge.max() < 0.03
    assert (edge > -0.02).sum() >= 5
    image = paint_lesion(lesion, np.zeros((200, 200), np.float32), points, lesion.outline)
    inside = image[lesion.outline.scaled_radius(points) < 0.8]
    assert inside.min() > 0.6
    assert inside.std() < 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_pituitary_tumor_sits_in_the_sella_and_is_small(seed: int):
    head, lesion = drawn("pituitary", seed)
    x, y = head.plane.sella
    assert np.hypot(lesion.outline.x - x, lesion.outline.y - y) < 0.1
    assert lesion.outline.radii.max() < 0.3


def test_tumors_shrink_away_from_their_middle():
    _, lesion = drawn("glioma", 0)
    sizes = [lesion.outline_at(depth * REACH).radii.mean() for depth in (0, 0.3, 0.6, 1.5)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > 0


def test_no_tumor_and_unknown_labels():
    rng = np.random.default_rng(0)
    head = draw_head(rng)
    assert draw_lesion("no_tumor", head, rng) is None
    with pytest.raises(ValueError, match="received 'lymphoma'"):
        draw_lesion("lymphoma", head, rng)


@pytest.mark.parametrize("seed", range(12))
def test_meningioma_has_no_notch(seed: int):
    _, lesion = drawn("meningioma", seed)
    steps = np.abs(np.diff(lesion.outline.radii, append=lesion.outline.radii[0]))
    assert steps.max() < 0.4 * lesion.outline.radii.max()
