import numpy as np
import pytest

from brain_tumor_kedro.sample.foreign_bodies import head
from brain_tumor_kedro.sample.foreign_deceptions import DECEPTIONS, grays


@pytest.mark.parametrize("kind", DECEPTIONS)
@pytest.mark.parametrize("source", ["flower", "portrait"])
def test_a_photograph_fills_an_ellipse_on_black(kind, source):
    made = DECEPTIONS[kind](np.random.default_rng(0), source)
    assert made.dtype == np.uint8
    corners = np.concatenate([made[:20, :20].ravel(), made[-20:, -20:].ravel()])
    assert corners.max() < 10
    assert made[100:156, 100:156].std() > 1


def test_gray_values_are_those_of_a_phantom():
    made = grays(np.random.default_rng(4), "china")
    shares = [np.bincount(image.ravel(), minlength=256)[0] / image.size
              for image in (made, head(np.random.default_rng(0)))]  # fmt: skip
    assert shares[0] == pytest.approx(shares[1], abs=0.25)
    assert made.max() > 100
