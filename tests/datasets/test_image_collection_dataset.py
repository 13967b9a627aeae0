import os

import pytest
from kedro.io import DatasetError

from brain_tumor_kedro.datasets import ImageCollectionDataset


@pytest.fixture
def folder(tmp_path):
    for name in ("b/deep/er/2.dcm", "a.png", "b/1.nii.gz", ".hidden/3.png", "b/.4.png"):
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"bytes")
    return tmp_path / "input"


def test_files_come_sorted_by_their_relative_paths(folder):
    files = list(ImageCollectionDataset(path=str(folder)).load())

    assert [file.file for file in files] == ["a.png", "b/1.nii.gz", "b/deep/er/2.dcm"]
    assert all(file.path.read_bytes() == b"bytes" for file in files)


def test_a_collection_is_walked_anew_each_time(folder):
    collection = ImageCollectionDataset(path=str(folder)).load()

    before = list(collection)
    (folder / "c.png").write_bytes(b"")

    assert [file.file for file in collection] == [file.file for file in before] + ["c.png"]


def test_a_single_file_is_a_collection(folder):
    (file,) = ImageCollectionDataset(path=str(folder / "a.png")).load()

    assert (file.file, file.path) == ("a.png", folder / "a.png")


def test_a_link_to_a_folder_above_is_named_once(folder):
    (folder / "b" / "loop").symlink_to(folder)

    names = [file.file for file in ImageCollectionDataset(path=str(folder)).load()]

    assert names == ["a.png", "b/1.nii.gz", "b/deep/er/2.dcm", "b/loop"]


def test_a_missing_folder_is_empty_and_says_what_is_expected(tmp_path):
    dataset = ImageCollectionDataset(path=str(tmp_path / "input"))

    assert list(dataset.load()) == []
    assert "DICOM" in dataset.load().expected
    assert str(tmp_path / "input") in dataset.load().expected
    assert not dataset.exists()


def test_nothing_is_saved(folder):
    with pytest.raises(DatasetError, match="never saved"):
        ImageCollectionDataset(path=str(folder)).save(folder)


def test_two_names_that_are_written_alike_stay_apart(tmp_path):
    names = [b"odd\xff\xfe.png", rb"odd\udcff\udcfe.png", b"odd\xff\\udcfe.png"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(name)

    collection = ImageCollectionDataset(path=str(tmp_path)).load()
    files = {file.file: file.path.read_bytes() for file in collection}

    assert len(files) == 3
    assert files[r"odd\udcff\udcfe.png"] == names[1]
    assert set(files) >= {rf"odd\udcff\udcfe ({number}).png" for number in (2, 3)}


@pytest.mark.parametrize(
    ("kind", "said"),
    [("missing", "nothing there"), ("empty", "a folder without any file"), ("pipe", "a pipe")],
)
def test_what_is_there_instead_of_images_is_said(tmp_path, kind, said):
    place = tmp_path / "input"
    if kind == "empty":
        place.mkdir()
    if kind == "pipe":
        os.mkfifo(place)

    with pytest.raises(ValueError, match=f"--params input=.* Found {said}"):
        ImageCollectionDataset(path=str(place)).load().require_images()
