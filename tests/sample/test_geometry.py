import numpy as np
import pytest

from brain_tumor_kedro.sample.geometry import (
    OUTLINE_POINTS,
    Ellipse,
    Outline,
    Points,
    pixel_grid,
    union_distance,
)
from brain_tumor_kedro.sample.scanner import draw_view, moved


def test_ellipse_distance_is_signed_and_exact_for_circles():
    x = np.float32([0.0, 1.0, 3.0, 1.0])
    y = np.float32([0.5, 0.0, 0.0, 2.0])
    distance = Ellipse(1.0, 0.0, 1.0, 1.0).distance(Points(x, y))
    expected = np.hypot(x - 1, y) - 1
    np.testing.assert_allclose(distance, expected, atol=1e-4)


def test_a_quarter_turn_swaps_the_axes():
    points = Points(np.float32([0.0, 0.9]), np.float32([0.9, 0.0]))
    turned = Ellipse(0.0, 0.0, 1.0, 0.5, np.pi / 2).distance(points)
    assert turned[0] < 0 < turned[1]


def test_union_contains_every_ellipse():
    ellipses = (Ellipse(-1, 0, 0.5, 0.5), Ellipse(1, 0, 0.5, 0.5))
    points = Points(np.float32([-1, 1, 0]), np.float32([0, 0, 0]))
    assert (union_distance(ellipses, points) < 0).tolist() == [True, True, False]


def test_outline_radius_is_one_on_its_own_line():
    radii = np.linspace(0.5, 1.5, OUTLINE_POINTS, dtype=np.float32)
    outline = Outline(0.2, -0.1, radii)
    np.testing.assert_allclose(outline.scaled_radius(outline.line()), 1, atol=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_view_there_and_back(seed: int):
    view = moved(draw_view(np.random.default_rng(seed)), 0.3)
    grid = pixel_grid(16)
    back = view.to_picture(view.to_head(grid))
    np.testing.assert_allclose(back.x, grid.x, atol=1e-3)
    np.testing.assert_allclose(back.y, grid.y, atol=1e-3)
