import pickle

import numpy as np
import pytest

from brain_tumor_kedro.datasets import BratsDataset
from nifti_files import NAMES, make_case, make_volume


@pytest.fixture
def load(tmp_path):
    """Save files as the source's and list its cases."""
    dataset = BratsDataset(path=str(tmp_path / "brats"))

    def save_and_load(files):
        dataset.save(files)
        return dataset.load()

    return save_and_load


def names(case) -> dict[str, str]:
    return {sequence: path.name for sequence, path in case.sequences.items()}


@pytest.mark.parametrize("folder", ["BraTS20_Training_001", "a/b/HGG/Brats18_CBICA_AAB_1"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_case_of_any_depth(load, folder, suffix):
    (case,) = load(make_case(folder, suffix=suffix)).cases

    assert case.image_id == f"brats/{folder}"
    assert names(case) == {name: f"{case.case_id}_{name}{suffix}" for name in NAMES}
    for seed, name in enumerate(NAMES):
        stored = make_volume(seed).voxels
        np.testing.assert_array_equal(case.read(name).voxels, stored[::-1, ::-1])
        assert case.read(name).voxels.dtype == (np.int32 if name == "seg" else np.float32)


def test_the_newer_names(load):
    folder = "BraTS-GLI-00000-001"
    (case,) = load(make_case(folder, ("t1n", "t1c", "t2w", "t2f", "seg"), "-")).cases

    assert list(case.sequences) == list(NAMES)
    assert names(case)["t1ce"] == f"{folder}-t1c.nii"
    assert case.patient_id == "BRATS-GLI-00000"


def test_names_without_a_case_and_folders_of_another_name(load):
    files = {f"patient 1/{name}.nii": make_volume() for name in NAMES}
    files |= {f"patient 2/scan_{name.upper()}.NII": make_volume() for name in NAMES}

    cases = load(files).cases

    assert [case.case_id for case in cases] == ["patient 1", "patient 2"]
    assert all(list(case.sequences) == list(NAMES) for case in cases)


def test_the_odd_segmentation_of_case_355_counts_and_is_noted(load):
    files = make_case("BraTS20_Training_355", NAMES[:4])
    odd = "BraTS20_Training_355/W39_1998.09.19_Segm.nii"

    source = load(files | {odd: make_volume()})

    (case,) = source.cases
    assert names(case)["seg"] == "W39_1998.09.19_Segm.nii"
    case.read("seg")
    (note,) = source.notes
    assert odd in note
    assert "found 1 of another name" in note


def test_an_odd_segmentation_beside_a_named_one_is_not_read(load):
    files = make_case("case") | {"case/old_segm.nii": make_volume()}

    source = load(files)

    assert names(source.cases[0])["seg"] == "case_seg.nii"
    assert "not read: 1 (case/old_segm.nii)" in source.notes[0]


def test_two_files_of_a_sequence_are_said_to_differ_where_it_is_read(load):
    files = make_case("case") | {"case/case_t2.nii.gz": make_volume(9)}

    (case,) = load(files).cases

    case.read("t1")
    with pytest.raises(
        ValueError, match=r"one file of t2, found case_t2\.nii and case_t2\.nii\.gz"
    ):
        case.read("t2")


def test_two_equal_files_of_a_sequence_are_one(load):
    files = make_case("case") | {"case/case_t2.nii.gz": make_volume(2)}

    (case,) = load(files).cases

    np.testing.assert_array_equal(case.read("t2").voxels, make_volume(2).voxels[::-1, ::-1])


@pytest.mark.parametrize(
    "odd", [("a_segm.nii", "b_segm.nii"), ("x_segmentation.nii", "y_SEGM.nii.gz")]
)
def test_two_odd_segmentations_that_differ_are_none(load, odd):
    files = make_case("case", NAMES[:4])
    files |= {f"case/{name}": make_volume(seed) for seed, name in enumerate(odd)}

    (case,) = load(files).cases

    with pytest.raises(ValueError, match="one file of seg"):
        case.read("seg")


def test_a_sequence_that_is_not_there(load):
    (case,) = load(make_case("case", ["t1", "seg"])).cases

    assert list(case.sequences) == ["t1", "seg"]
    with pytest.raises(ValueError, match=r"expected t1ce in case, found \['t1', 'seg'\]"):
        case.read("t1ce")


def test_a_folder_with_a_segmentation_alone_is_a_case(load):
    (case,) = load(make_case("case", ["seg"])).cases

    assert list(case.sequences) == ["seg"]


def test_files_of_another_case_in_a_case_folder_are_left_out(load):
    files = make_case("case_1") | {"case_1/case_2_flair.nii": make_volume()}

    source = load(files)

    assert names(source.cases[0])["flair"] == "case_1_flair.nii"
    assert "case_1/case_2_flair.nii" in source.notes[0]


def test_loose_files_are_no_cases(load):
    files = {f"flat/case_{n}_{name}.nii": make_volume() for n in range(2) for name in NAMES}
    files |= {"case_9_t1.nii": make_volume(), "masks/brain.nii": make_volume()}

    source = load(files)

    assert source.cases == ()
    assert "not read: 12 (" in source.notes[0]
    assert source.notes[0].count(".nii") == 3


def test_a_folder_named_like_a_file_is_its_sequence_and_not_a_case(load):
    files = make_case("case", ["t1", "seg"])
    inside = {f"case/case_{name}.nii/scan_{name}.nii": make_volume() for name in ("t2", "flair")}

    source = load(files | inside)

    (case,) = source.cases
    assert list(case.sequences) == ["t1", "t2", "flair", "seg"]
    with pytest.raises(ValueError, match=r"case_t2\.nii: expected a file, found a folder"):
        case.read("t2")


def test_links_are_followed_and_hidden_files_are_not_seen(load, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    load(make_case("phantom"))
    BratsDataset(path=str(elsewhere / "brats")).save(make_case("case_1"))
    (tmp_path / "brats" / "linked").symlink_to(elsewhere / "brats")
    (tmp_path / "brats" / "linked" / "case_1" / "._case_1_t1.nii").write_bytes(b"")

    cases = BratsDataset(path=str(tmp_path / "brats")).load().cases

    assert [case.image_id for case in cases] == ["brats/linked/case_1", "brats/phantom"]
    assert len(cases[0].files["t1"]) == 1


def test_cases_travel_between_processes(load):
    (case,) = load(make_case("case")).cases

    again = pickle.loads(pickle.dumps(case))  # noqa: S301

    assert again == case
    assert hash(again) == hash(case)
    np.testing.assert_array_equal(again.read("t1").voxels, case.read("t1").voxels)
