import os

import numpy as np
import pytest
from kedro.io import DatasetError

from brain_tumor_kedro.datasets import BratsDataset, nifti
from nifti_files import NAMES, make_case, make_volume

MAPPING = [
    {
        "Grade": grade,
        "BraTS_2018_subject_ID": older,
        "BraTS_2019_subject_ID": "NA",
        "BraTS_2020_subject_ID": f"BraTS20_Training_00{number}",
    }
    for number, (grade, older) in enumerate([("HGG", "Brats18_X_1"), ("LGG", "NA")], start=1)
]


@pytest.fixture
def dataset(tmp_path):
    return BratsDataset(path=str(tmp_path / "brats"))


def test_a_source_as_brats_2020_unpacks(dataset, tmp_path):
    top = "MICCAI_BraTS2020_TrainingData"
    files = {f"{top}/name_mapping.csv": MAPPING}
    for number in (3, 1, 2):
        files |= make_case(f"{top}/BraTS20_Training_00{number}", suffix=".nii.gz")
    dataset.save(files)

    source = dataset.load()

    assert source.notes == ()
    assert [case.case_id for case in source.cases] == [f"BraTS20_Training_00{n}" for n in (1, 2, 3)]
    assert [case.label for case in source.cases] == ["HGG", "LGG", None]
    assert [case.detail is None for case in source.cases] == [True, True, False]
    case = source.cases[0]
    assert (case.image_id, case.source) == (f"brats/{top}/BraTS20_Training_001", "brats")
    assert case.path == tmp_path / "brats" / top / "BraTS20_Training_001"


def test_one_patient_under_the_names_of_two_years(dataset):
    files = {"2020/name_mapping.csv": MAPPING}
    files |= make_case("2020/BraTS20_Training_001") | make_case("2018/HGG/Brats18_X_1")
    files |= make_case("2018/LGG/Brats18_Y_1") | make_case("2019/LGG/BraTS19_Y_1")
    dataset.save(files)

    cases = {case.case_id: case for case in dataset.load().cases}

    patients = {name: case.patient_id for name, case in cases.items()}
    assert patients["Brats18_X_1"] == patients["BraTS20_Training_001"]
    assert patients["Brats18_Y_1"] == patients["BraTS19_Y_1"]
    assert len(set(patients.values())) == 2
    assert {name: case.label for name, case in cases.items()} == {
        "BraTS20_Training_001": "HGG",
        "Brats18_X_1": "HGG",
        "Brats18_Y_1": "LGG",
        "BraTS19_Y_1": "LGG",
    }


def test_a_case_whose_folder_and_table_disagree_is_of_unknown_grade(dataset):
    dataset.save({"name_mapping.csv": MAPPING} | make_case("LGG/Brats18_X_1"))

    (case,) = dataset.load().cases

    assert case.label is None
    assert "found HGG in name_mapping.csv and the folder LGG" in case.detail


def test_a_table_that_cannot_be_read_is_noted(dataset):
    dataset.save({"name_mapping.csv": b"\xff\x00"} | make_case("HGG/case"))

    source = dataset.load()

    assert source.cases[0].label == "HGG"
    assert "name_mapping.csv" in source.notes[0]


def test_listing_opens_no_volume(dataset, monkeypatch):
    dataset.save(make_case("case"))
    monkeypatch.setattr(nifti, "_unpack", None)

    assert list(dataset.load().cases[0].sequences) == list(NAMES)


def test_a_folder_that_cannot_be_listed_is_noted(dataset, tmp_path, monkeypatch):
    dataset.save(make_case("case"))
    (tmp_path / "brats" / "again").symlink_to(tmp_path / "brats")

    source = dataset.load()

    assert len(source.cases) == 1
    assert source.notes == ("Expected folders that can be listed, found 1 that cannot (again).",)


def test_what_is_saved_is_the_same_every_time(dataset, tmp_path):
    contents = []
    for _ in range(2):
        dataset.save({"name_mapping.csv": MAPPING} | make_case("case", suffix=".nii.gz"))
        files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        contents.append({path: path.read_bytes() for path in files})
    assert contents[0] == contents[1]
    assert len(contents[0]) == 6


def test_bytes_are_written_as_they_are(dataset, tmp_path):
    dataset.save(make_case("case") | {"case/case_t2.nii": b"broken"})

    assert (tmp_path / "brats/case/case_t2.nii").read_bytes() == b"broken"
    with pytest.raises(ValueError, match=r"case_t2\.nii: expected a NIfTI file"):
        dataset.load().cases[0].read("t2")


def test_a_missing_folder_is_an_empty_source_that_says_what_is_expected(dataset):
    source = dataset.load()

    assert source.cases == ()
    assert "name_mapping.csv" in source.expected
    assert not dataset.exists()


def test_volumes_are_not_written_beside_other_files(dataset, tmp_path):
    (tmp_path / "kaggle").mkdir()
    (tmp_path / "kaggle" / "real.jpg").touch()

    with pytest.raises(DatasetError, match=r"such as kaggle/real\.jpg"):
        dataset.save(make_case("phantom"))
    assert not dataset.exists()


def test_volumes_are_not_written_beside_real_ones(dataset):
    dataset.save(make_case("BraTS20_Training_001"))

    with pytest.raises(DatasetError, match="5 other files such as brats/BraTS20_Training_001"):
        dataset.save(make_case("phantom"))


def test_names_that_utf8_cannot_hold(dataset, tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    dataset.save({f"{odd}/{odd}_t1.nii": make_volume()})

    (case,) = dataset.load().cases

    assert case.image_id == "brats/caf\\udce9"
    assert (case.detail + case.patient_id).encode()
    np.testing.assert_array_equal(case.read("t1").voxels, make_volume().voxels[::-1, ::-1])
