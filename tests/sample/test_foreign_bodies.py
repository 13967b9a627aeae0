import numpy as np
import pytest

from brain_tumor_kedro.sample.foreign_bodies import abdomen, chest, head, knee, spine


@pytest.mark.parametrize("draw", [abdomen, chest, knee, spine])
def test_bodies_have_dark_and_bright_parts(draw):
    picture = draw(np.random.default_rng(0))
    assert (picture < 60).mean() > 0.05
    assert (picture > 150).mean() > 0.005


def test_a_head_lies_on_black():
    picture = head(np.random.default_rng(0))
    assert np.median(picture[:8]) < 20
    assert picture[100:156, 100:156].mean() > 30
