import json

import pytest

from brain_tumor_kedro.acquisition import placing
from brain_tumor_kedro.acquisition.placing import (
    MARKER,
    find_damage,
    put_in_place,
    read_record,
    staging,
)

FILES = {"a/1.mat": b"one", "a/2.mat": b"two", "README.txt": b"read me"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "raw" / "figshare"


def fill(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def place(folder, files=FILES):
    with staging(folder) as staged:
        fill(staged, files)
        return put_in_place(staged, folder, {"handle": "1"})


def test_a_collection_comes_whole_with_its_record(folder):
    record = place(folder)

    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert record == {"handle": "1", "contents": {"README.txt": 7, "a/1.mat": 3, "a/2.mat": 3}}
    assert read_record(folder) == record
    assert find_damage(folder, record) == []
    assert list(folder.parent.iterdir()) == [folder]


def test_an_interruption_leaves_nothing(folder):
    def fill_half():
        with staging(folder) as staged:
            fill(staged, {"1.mat": b"on"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_half()

    assert list(folder.parent.iterdir()) == []


def test_what_a_killed_run_left_is_never_put_in_place(folder):
    with staging(folder) as staged:
        hidden = staged
    fill(hidden, {"half.mat": b"ha"})

    place(folder)

    assert not (folder / "half.mat").exists()
    assert hidden.name.startswith(".")


def test_a_link_in_the_place_of_the_hidden_folder_is_not_followed(folder, tmp_path):
    fill(tmp_path / "mine", {"file": b"mine"})
    with staging(folder) as staged:
        hidden = staged
    hidden.symlink_to(tmp_path / "mine")

    place(folder)

    assert (tmp_path / "mine" / "file").read_bytes() == b"mine"


def test_damage_is_found(folder):
    record = place(folder)
    (folder / "a/1.mat").unlink()
    (folder / "a/2.mat").write_bytes(b"longer")

    assert find_damage(folder, record) == ["a/1.mat", "a/2.mat"]


def test_what_is_missing_is_added_and_the_rest_stays(folder):
    fill(folder, {"a/1.mat": b"one", "notes.txt": b"mine"})
    before = (folder / "a/1.mat").stat().st_ino

    record = place(folder)

    assert find_damage(folder, record) == []
    assert (folder / "a/1.mat").stat().st_ino == before
    assert (folder / "notes.txt").read_bytes() == b"mine"
    assert "notes.txt" not in record["contents"]


def test_another_file_in_the_way_is_never_overwritten(folder):
    fill(folder, {"a/1.mat": b"ONE"})

    with pytest.raises(ValueError, match=r"a/1\.mat to be as published.*move it away"):
        place(folder)

    assert (folder / "a/1.mat").read_bytes() == b"ONE"
    assert not (folder / "a/2.mat").exists()
    assert read_record(folder) is None


def test_an_interruption_while_adding_shows(folder, monkeypatch):
    fill(folder, {".hidden": b""})

    class Interrupted(type(folder)):
        def rename(self, target):
            if self.name == "2.mat":
                raise KeyboardInterrupt
            return super().rename(target)

    def add():
        with staging(folder) as staged:
            fill(staged, FILES)
            put_in_place(Interrupted(staged), folder, {"handle": "1"})

    with pytest.raises(KeyboardInterrupt):
        add()
    assert find_damage(folder, read_record(folder)) == ["a/2.mat"]

    assert find_damage(folder, place(folder)) == []


def test_a_collection_cannot_bring_its_own_record(folder):
    with pytest.raises(ValueError, match=f"a file {MARKER}"):
        place(folder, {**FILES, MARKER: json.dumps({"contents": {}}).encode()})

    assert not folder.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"contents": ["a"]}', '{"contents": {"a": "x"}}']
)
def test_a_broken_record_is_none(folder, content):
    fill(folder, {MARKER: content.encode()})

    assert read_record(folder) is None


def test_the_marker_is_hidden_from_curation():
    assert placing.MARKER.startswith(".")
