import os

import pytest

from brain_tumor_kedro.datasets.local_file import making_folder, replacing


def test_what_was_written_takes_its_place(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"

    with replacing(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
        assert partial.suffix == ".txt"

    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_after_an_interruption_the_earlier_file_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("earlier")

    def write_half():
        with replacing(path) as partial:
            partial.write_text("ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_made_whole(tmp_path):
    with making_folder(tmp_path / "new" / "folder") as partial:
        (partial / "file").write_text("whole")
        assert not (tmp_path / "new" / "folder").exists()

    assert (tmp_path / "new" / "folder" / "file").read_text() == "whole"


def test_what_a_killed_process_of_the_same_number_left_is_not_mixed_in(tmp_path):
    left = tmp_path / f".folder.{os.getpid()}.partial"
    left.mkdir()
    (left / "old").touch()

    with making_folder(tmp_path / "folder") as partial:
        (partial / "new").touch()

    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new"]


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(FileExistsError, match="Move it away"), making_folder(tmp_path / "folder"):
        pytest.fail("nothing is to be written")
