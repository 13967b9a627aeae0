import numpy as np
import pytest

from brain_tumor_kedro.sample.anatomy import PLANES
from brain_tumor_kedro.sample.geometry import Points, pixel_grid
from brain_tumor_kedro.sample.heads import PLANE_SHARES, TISSUES, draw_head, paint_head


def test_every_plane_and_tissue_is_known():
    assert set(PLANE_SHARES) == set(PLANES)
    assert sum(PLANE_SHARES.values()) == pytest.approx(1)
    assert {part.tissue for plane in PLANES.values() for part in plane.parts} <= set(TISSUES)


@pytest.mark.parametrize("seed", range(6))
def test_skull_is_darker_than_brain_and_scalp(seed: int):
    head = draw_head(np.random.default_rng(seed))
    points = pixel_grid(128)
    image = paint_head(head, points, 0.0)
    distance = head.brain_distance(points, 0.0)
    assert image.dtype == np.float32
    bone = image[(distance > 0.2 * head.bone) & (distance < 0.25 * head.bone)].mean()
    assert bone < image[distance < -0.1].mean()
    assert head.tissues["bone"] < head.tissues["gray"] < head.tissues["white"]


@pytest.mark.parametrize("plane", PLANES.values(), ids=list(PLANES))
def test_sella_lies_near_the_brain(plane):
    point = Points(*(np.float32([value]) for value in plane.sella))
    assert min(ellipse.distance(point)[0] for ellipse in plane.brain) < 0.05
