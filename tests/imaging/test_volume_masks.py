import numpy as np

from brain_tumor_kedro.imaging.volume_masks import read_volume_masks
from brain_tumor_kedro.imaging.volumes import cut_slices
from volume_builders import make_case


def test_a_mask_lies_where_the_packed_slice_shows_the_tumor():
    case = make_case("a", shape=(24, 24, 12))

    found = read_volume_masks(["brats/a#004"], [case, make_case("b")], 24)

    (expected,) = cut_slices(case.files["seg"].voxels, np.array([4])) > 0
    assert found.image_ids == ("brats/a#004",)
    assert np.array_equal(found.masks[0], expected)
    assert read_volume_masks(["brats/a#004"], [case], 48).masks[0].sum() == 4 * expected.sum()


def test_each_volume_is_read_once():
    case = make_case("a")
    reads = []

    class Counted:
        image_id = case.image_id

        def read(self, sequence):
            reads.append(sequence)
            return case.read(sequence)

    found = read_volume_masks([f"brats/a#{z:03d}" for z in (3, 4, 5)], [Counted()], 32)

    assert len(found.masks) == 3
    assert reads == ["seg"]


def test_what_has_no_mask_is_left_out_with_the_reason():
    broken = make_case("b", changed={"seg": ValueError("cut short")})
    wanted = ["brats/a#000", "brats/a#099", "brats/b#003", "brats/c#003"]

    found = read_volume_masks(wanted, [make_case("a"), broken], 32)

    assert found.masks.shape == (0, 32, 32)
    assert found.left_out == {
        "brats/a#000": "its mask is empty",
        "brats/a#099": "its mask is empty",
        "brats/b#003": "cut short",
        "brats/c#003": "the case is not there",
    }
