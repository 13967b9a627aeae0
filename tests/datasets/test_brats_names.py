import pytest

from brain_tumor_kedro.datasets.brats_names import is_odd_segmentation, name_patient, parse_file


@pytest.mark.parametrize(
    ("name", "case", "sequence"),
    [
        ("BraTS20_Training_001_t1.nii.gz", "brats20_training_001", "t1"),
        ("BraTS20_Training_001_t1ce.nii", "brats20_training_001", "t1ce"),
        ("Brats18_CBICA_AAB_1_flair.nii.gz", "brats18_cbica_aab_1", "flair"),
        ("BraTS-GLI-00000-000-t1c.nii.gz", "brats-gli-00000-000", "t1ce"),
        ("BraTS-GLI-00000-000-t1n.nii.gz", "brats-gli-00000-000", "t1"),
        ("BraTS-GLI-00000-000-t2w.nii.gz", "brats-gli-00000-000", "t2"),
        ("BraTS-GLI-00000-000-t2f.nii.gz", "brats-gli-00000-000", "flair"),
        ("BraTS-GLI-00000-000-seg.nii.gz", "brats-gli-00000-000", "seg"),
        ("UPENN-GBM-00001_11_T1GD.nii.gz", "upenn-gbm-00001_11", "t1ce"),
        ("T2.nii", "", "t2"),
    ],
)
def test_names_of_every_year_are_known(name, case, sequence):
    assert parse_file(name) == (case, sequence)


@pytest.mark.parametrize(
    "name", ["a_t3.nii", "a_t1.txt", "at1.nii", "a_t1.nii.bak", "t1ce", ".nii"]
)
def test_other_names_are_not(name):
    assert parse_file(name) is None


def test_the_segmentation_of_case_355_is_known():
    assert parse_file("W39_1998.09.19_Segm.nii") is None
    assert is_odd_segmentation("W39_1998.09.19_Segm.nii")
    assert not is_odd_segmentation("brain_mask.nii")
    assert not is_odd_segmentation("Segm.txt")


@pytest.mark.parametrize(
    ("cases", "patient"),
    [
        (["Brats17_CBICA_AAB_1", "Brats18_CBICA_AAB_1", "BraTS19_CBICA_AAB_1"], "CBICA_AAB_1"),
        (["BraTS-GLI-00012-000", "BraTS-GLI-00012-001", "brats-gli-00012-101"], "BRATS-GLI-00012"),
        (["BraTS20_Training_001", " brats20_training_001"], "BRATS20_TRAINING_001"),
        (["BraTS19_Validation_1"], "BRATS19_VALIDATION_1"),
    ],
)
def test_a_patient_keeps_a_name(cases, patient):
    assert {name_patient(case) for case in cases} == {patient}


def test_numbers_of_different_years_are_different_patients():
    assert name_patient("BraTS20_Training_001") != name_patient("BraTS21_Training_001")
    assert name_patient("BraTS-GLI-00012-000") != name_patient("BraTS-MET-00012-000")
