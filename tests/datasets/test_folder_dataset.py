import pytest
from kedro.io import DatasetError

from brain_tumor_kedro.datasets import FolderDataset


def test_a_folder_is_made_and_named(tmp_path):
    dataset = FolderDataset(path=str(tmp_path / "new" / "raw"))
    assert not dataset.exists()

    folder = dataset.load()

    assert folder == tmp_path / "new" / "raw"
    assert dataset.exists()
    assert dataset.load() == folder


def test_a_file_in_its_place_is_named(tmp_path):
    (tmp_path / "raw").touch()

    with pytest.raises(DatasetError, match="Expected a folder at"):
        FolderDataset(path=str(tmp_path / "raw")).load()


def test_nothing_is_saved_as_a_folder(tmp_path):
    with pytest.raises(DatasetError, match="nothing is saved"):
        FolderDataset(path=str(tmp_path)).save("anything")
