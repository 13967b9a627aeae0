import pytest
from kedro.io import DatasetError, Version

from brain_tumor_kedro.datasets import WholeFolderDataset

FILES = [("a/b/1.txt", b"one"), ("2.txt", b"two")]


def read(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def dataset(tmp_path):
    return WholeFolderDataset(filepath=str(tmp_path / "out" / "export"))


def test_files_come_back_as_they_were_saved(dataset, tmp_path):
    dataset.save(iter(FILES))

    assert dataset.load() == tmp_path / "out" / "export"
    assert read(dataset.load()) == dict(FILES)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["export"]


def test_a_missing_folder_is_an_error(dataset):
    assert not dataset.exists()
    with pytest.raises(DatasetError, match="Expected a folder"):
        dataset.load()


def test_an_interrupted_save_leaves_nothing(dataset, tmp_path):
    def interrupted():
        yield FILES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.save(interrupted())

    assert list(tmp_path.iterdir()) == []
    assert not dataset.exists()


def test_until_it_is_whole_nothing_is_in_its_place(dataset, tmp_path):
    def watched():
        for file in FILES:
            assert not dataset.exists()
            yield file
        assert all(path.name.startswith(".") for path in (tmp_path / "out").iterdir())

    dataset.save(watched())

    assert dataset.exists()


def test_an_existing_folder_is_not_added_to(dataset):
    dataset.save(FILES[:1])

    with pytest.raises(DatasetError, match="found something"):
        dataset.save(FILES[1:])

    assert read(dataset.load()) == dict(FILES[:1])


@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/out.txt", ""])
def test_a_path_out_of_the_folder_is_refused(dataset, tmp_path, name):
    with pytest.raises(DatasetError, match="below the folder"):
        dataset.save([(name, b"")])

    assert list(tmp_path.rglob("out.txt")) == []
    assert not dataset.exists()


def test_two_files_of_one_name_are_refused(dataset):
    with pytest.raises(DatasetError, match=r"2\.txt"):
        dataset.save([FILES[1], FILES[1]])

    assert not dataset.exists()


def test_versions_are_kept_apart_and_the_newest_whole_one_is_loaded(tmp_path):
    place = str(tmp_path / "export")
    for version in ("2026-01-01", "2026-01-02"):
        WholeFolderDataset(filepath=place, version=Version(None, version)).save(FILES)
    (tmp_path / "export" / "2026-01-03" / ".export.1.partial").mkdir(parents=True)

    newest = WholeFolderDataset(filepath=place, version=Version(None, None))

    assert newest.load() == tmp_path / "export" / "2026-01-02" / "export"


def test_a_file_can_stand_for_its_bytes(dataset, tmp_path):
    source = tmp_path / "large"
    source.write_bytes(b"many bytes")

    dataset.save([("a/b", source)])

    assert (dataset.load() / "a" / "b").read_bytes() == b"many bytes"
    assert source.exists()


def test_a_generator_is_closed_where_writing_fails(dataset):
    closed = []

    def files():
        try:
            yield "../out", b""
        finally:
            closed.append(True)

    with pytest.raises(DatasetError):
        dataset.save(files())

    assert closed
