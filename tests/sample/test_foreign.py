import numpy as np
import pytest

from brain_tumor_kedro.sample.foreign import KINDS, PHOTOS, draw_stranger
from brain_tumor_kedro.sample.foreign_deceptions import DECEPTIONS


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_picture_that_differs_and_can_be_drawn_again(kind):
    first, again = (draw_stranger(kind, 0, seed=3) for _ in range(2))
    other, next_one = draw_stranger(kind, 0, seed=4), draw_stranger(kind, 3, seed=3)

    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.pixels.dtype == np.uint8
    assert min(first.pixels.shape[:2]) >= 48
    assert first.pixels.ndim in (2, 3)
    assert first.pixels.std() > 1
    assert not np.array_equal(first.pixels, other.pixels)
    assert not np.array_equal(first.pixels, next_one.pixels)


def test_parts_of_one_photograph_are_one_group_whatever_their_color():
    kinds = (*PHOTOS, *DECEPTIONS)
    groups = [draw_stranger(kind, number).group for kind in kinds for number in range(6)]
    assert len(set(groups)) == 3
    assert draw_stranger("page", 0).group != draw_stranger("page", 1).group


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"Expected one of page, .*, received 'cat'"):
        draw_stranger("cat", 0)
