import pytest

from brain_tumor_kedro.datasets.local_file import replacing


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
