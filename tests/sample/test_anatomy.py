import pytest

from brain_tumor_kedro.sample.anatomy import PLANES
from brain_tumor_kedro.sample.heads import PLANE_SHARES, TISSUES


def test_every_plane_is_drawn_and_the_shares_are_all():
    assert set(PLANES) == set(PLANE_SHARES)
    assert sum(PLANE_SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", sorted(PLANES))
def test_every_structure_is_of_a_known_tissue_and_lies_in_the_picture(name):
    for part in PLANES[name].parts:
        assert part.tissue in TISSUES
        assert abs(part.shape.x) < 1
        assert abs(part.shape.y) < 1
