import re

import numpy as np
import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging.cohort import CohortSettings, find_excluded, inspect_case
from brain_tumor_kedro.imaging.manifest import REASONS
from brain_tumor_kedro.imaging.volumes import SliceSettings, cut_slices, scale_slices
from volume_builders import FakeVolume, make_case, make_volume

CLASSES = ("LGG", "HGG")
SHAPE = (20, 24, 12)


def inspect(case, excluded=(), slices=None, size=32, **cohort):
    settings = CohortSettings(**cohort), SliceSettings(**(slices or {}))
    return inspect_case(case, frozenset(excluded), CLASSES, *settings, size)


def with_affine(change: float) -> FakeVolume:
    volume = make_volume(np.random.default_rng(1).normal(size=SHAPE))
    affine = volume.affine.copy()
    affine[0, 3] += change
    return FakeVolume(volume.voxels, affine, volume.spacing)


def test_a_usable_case_gives_a_row_and_an_image_for_every_slice_with_tumor():
    case = make_case("phantom_1", "LGG", tumor=(3, 7), patient="p1", detail="seen")

    found = inspect(case)

    assert [row["image_id"] for row in found.rows] == [
        f"brats/phantom_1#{z:03d}" for z in range(3, 7)
    ]
    first = found.rows[0]
    assert (first["label"], first["patient_id"], first["source"]) == ("LGG", "p1", "brats")
    assert (first["width"], first["height"], first["mode"]) == (20, 24, "t1ce+t2+flair")
    assert first["detail"] == "seen"
    assert found.images.shape == (4, 32, 32, 3)
    assert found.measures == {
        "depth": 12, "tumor_slices": 4, "tumor_ml": 0.08, "largest_mm2": 20.0,
    }  # fmt: skip


def test_the_channels_are_the_sequences_in_their_order_each_scaled_on_its_own():
    case = make_case("phantom_1", shape=(24, 24, 12))

    found = inspect(case, size=24, channels=("flair", "t1", "t2"))

    for channel, name in enumerate(("flair", "t1", "t2")):
        expected = scale_slices(cut_slices(case.files[name].voxels, np.arange(3, 7)))
        assert np.array_equal(found.images[..., channel], expected)


def test_equal_voxels_have_equal_hashes_however_they_are_stored():
    case = make_case("a", seed=1)
    voxels = case.files["t2"].voxels
    other = make_volume(np.asfortranarray(voxels).astype(np.float64))
    changed = make_volume(voxels + np.eye(20, 24)[:, :, None])

    hashes = [
        inspect(make_case(name, seed=1, changed=files)).rows[0]["content_hash"]
        for name, files in [("b", {}), ("c", {"t2": other}), ("d", {"t2": changed})]
    ]

    assert hashes[0] == hashes[1] != hashes[2]


FAULTS = {
    "missing_sequence": ({"changed": {"t2": None, "seg": None}}, "no file of t2, seg"),
    "unreadable": ({"changed": {"flair": ValueError("cut short")}}, "flair: cut short"),
    "shape_mismatch": (
        {"changed": {"t2": make_volume(np.eye(3)[..., None])}},
        r"t2 has \(3, 3, 1\) voxels, seg has \(20, 24, 12\)",
    ),
    "affine_mismatch": (
        {"changed": {"t1ce": with_affine(0.5)}},
        "t1ce and seg differ by up to 0.5",
    ),
    "wrong_spacing": ({"spacing": (1, 1, 3)}, "expected 1 x 1 x 1 mm, found 1 x 1 x 3 mm"),
    "unknown_label": ({"label": None, "detail": "in no table"}, "in no table"),
    "no_tumor_visible": ({"tumor": (0, 0)}, "the largest area of the mask is 0 mm²"),
    "blank": ({"changed": {"t2": make_volume(np.full(SHAPE, 5))}}, "every voxel of t2 is 5"),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_fault_is_a_row_with_its_reason(reason):
    fields, said = FAULTS[reason]

    found = inspect(make_case("phantom_1", **fields))

    (row,) = found.rows
    assert row["reason"] == reason in REASONS
    assert row["image_id"] == "brats/phantom_1"
    assert re.search(said, row["detail"])
    assert found.images.shape == (0, 32, 32, 3)
    assert found.measures == {}


def test_a_grade_that_the_task_does_not_know_is_no_label():
    (row,) = inspect(make_case("phantom_1", label="GBM")).rows

    assert (row["reason"], row["label"]) == ("unknown_label", None)
    assert row["detail"] == "the grade is GBM, known are LGG, HGG"


def test_whatever_reading_raises_it_is_a_row():
    (row,) = inspect(make_case("a", changed={"seg": MemoryError("no room")})).rows
    (odd,) = inspect(make_case("a", changed={"t2": make_volume(np.array(["x"]))})).rows

    assert (row["reason"], row["detail"]) == ("unreadable", "seg: no room")
    assert odd["reason"] in {"shape_mismatch", "unreadable"}


def test_a_case_dropped_by_hand_is_not_opened():
    case = make_case("phantom_1", changed={"seg": AssertionError("opened")})

    (row,) = inspect(case, excluded=[case.image_id]).rows

    assert row["reason"] == "excluded_by_hand"


def test_spacing_and_affine_have_tolerances_and_any_spacing_can_be_allowed():
    assert "reason" not in inspect(make_case("a", spacing=(1, 1, 1.005))).rows[0]
    assert "reason" not in inspect(make_case("a", spacing=(2, 2, 3)), spacing=None).rows[0]
    assert "reason" not in inspect(make_case("a", changed={"t2": with_affine(0.005)})).rows[0]
    stricter = inspect(make_case("a", changed={"t2": with_affine(0.005)}), affine_tolerance=0.001)
    assert stricter.rows[0]["reason"] == "affine_mismatch"
    nothing = inspect(make_case("a", spacing=(1, 1, float("nan"))), spacing=None)
    assert nothing.rows[0]["reason"] == "wrong_spacing"


def test_an_affine_that_is_no_number_is_a_mismatch():
    found = inspect(make_case("a", changed={"t2": with_affine(float("nan"))}))

    assert found.rows[0]["reason"] == "affine_mismatch"


def test_slices_that_show_nothing_are_left_away():
    voxels = np.random.default_rng(0).normal(size=SHAPE)
    voxels[:, :, 4:] = 0
    files = {name: make_volume(voxels) for name in ("t1ce", "t2", "flair")}

    found = inspect(make_case("a", changed=files))
    nothing = inspect(make_case("a", changed=files, tumor=(5, 8)))

    assert [row["image_id"] for row in found.rows] == ["brats/a#003"]
    assert nothing.rows[0]["reason"] == "blank"


def test_excluded_cases_are_named_by_folder_or_path():
    cases = [make_case("one"), make_case("two"), make_case("three")]

    assert find_excluded(cases, ["one", "brats/two"]) == {"brats/one", "brats/two"}
    assert find_excluded(cases, []) == frozenset()


@pytest.mark.parametrize(
    ("excluded", "said"),
    [(["thre"], "Did you mean three?"), ("one", "a list of cases"), (None, "a list of cases")],
)
def test_an_unknown_case_is_named_with_what_may_be_meant(excluded, said):
    with pytest.raises(ValueError, match=said):
        find_excluded([make_case("one"), make_case("three")], excluded)


@pytest.mark.parametrize(
    "wrong", [{"channels": ("t2", "t2", "t1")}, {"spacing": (1, 1)}, {"spacing": (1, 1, 0)}]
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        CohortSettings(**wrong)
