from dataclasses import dataclass

import numpy as np
import pytest
from kedro.io import DatasetError

from brain_tumor_kedro.datasets import BratsDataset


@dataclass
class Written:
    voxels: np.ndarray
    affine: np.ndarray


def make_volume(seed: int = 0, shape=(6, 7, 5), affine=None) -> Written:
    voxels = np.random.default_rng(seed).integers(0, 900, shape).astype(np.int16)
    return Written(voxels, np.diag([1.0, 1, 1, 1]) if affine is None else affine)


def make_case(
    case: str, names=("t1", "t1ce", "t2", "flair", "seg"), separator="_", suffix=".nii.gz"
):
    return {
        f"{case}/{case.split('/')[-1]}{separator}{name}{suffix}": make_volume(seed)
        for seed, name in enumerate(names)
    }


@pytest.fixture
def dataset(tmp_path):
    return BratsDataset(path=str(tmp_path / "brats"))


def test_a_case_comes_back_as_it_was_saved(dataset, tmp_path):
    files = make_case("BraTS20_Training_001")
    dataset.save(files)

    (case,) = dataset.load().cases

    assert case.image_id == "brats/BraTS20_Training_001"
    assert (case.case_id, case.source) == ("BraTS20_Training_001", "brats")
    assert case.path == tmp_path / "brats" / "BraTS20_Training_001"
    assert list(case.sequences) == ["t1", "t1ce", "t2", "flair", "seg"]
    for sequence, written in zip(case.sequences, files.values(), strict=True):
        volume = case.read(sequence)
        np.testing.assert_array_equal(volume.voxels, written.voxels)
        np.testing.assert_array_equal(volume.affine, written.affine)
        assert volume.voxels.dtype == (np.int32 if sequence == "seg" else np.float32)


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
