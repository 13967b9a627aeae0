import gzip

import numpy as np
import pytest

from brain_tumor_kedro.sample.volume_faults import FAULTS, PhantomVolume

NAMES = ("t1", "t1ce", "t2", "flair", "seg")


@pytest.fixture
def volumes():
    voxels = np.random.default_rng(0).integers(0, 5, (6, 7, 8)).astype(np.int16)
    return {name: PhantomVolume(voxels.copy(), np.eye(4)) for name in NAMES}


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("missing_sequence", "flair"),
        ("unreadable", "t2"),
        ("unknown_label", None),
        ("shape_mismatch", "seg"),
        ("affine_mismatch", "flair"),
        ("no_tumor_visible", "seg"),
    ],
)
def test_a_fault_changes_one_file_and_leaves_the_others(volumes, fault, changed):
    broken = FAULTS[fault](volumes)

    assert {name for name in NAMES if broken.get(name) is not volumes[name]} == {changed} - {None}


def test_each_fault_is_what_it_is_called(volumes):
    assert FAULTS["shape_mismatch"](volumes)["seg"].voxels.shape == (6, 7, 6)
    assert FAULTS["affine_mismatch"](volumes)["flair"].affine[2, 3] == 6
    assert not FAULTS["no_tumor_visible"](volumes)["seg"].voxels.any()
    with pytest.raises(EOFError):
        gzip.decompress(FAULTS["unreadable"](volumes)["t2"])
