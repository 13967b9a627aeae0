import numpy as np
import pytest

from brain_tumor_kedro.sample.foreign_photographs import PHOTOGRAPHS, photograph


@pytest.mark.parametrize("source", PHOTOGRAPHS)
def test_parts_of_every_photograph_come_in_gray_and_in_color(source):
    colored = photograph(np.random.default_rng(0), source, color=True)
    gray = photograph(np.random.default_rng(0), source)
    assert gray.shape == colored.shape[:2]
    assert abs(colored.mean() - gray.mean()) < 25
