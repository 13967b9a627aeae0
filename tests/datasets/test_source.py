import inspect
import sys
from pathlib import Path

import pytest

from brain_tumor_kedro.datasets.source import name_image, walk_files


def names(root):
    return [path.relative_to(root).as_posix() for path in walk_files(root)]


def test_files_of_any_depth_come_in_order_without_hidden_ones(tmp_path):
    for name in ["b/c/2.jpg", "a/1.jpg", "a/.DS_Store", ".hidden/3.jpg", "z.jpg"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert names(tmp_path) == ["a/1.jpg", "b/c/2.jpg", "z.jpg"]


def test_a_missing_or_empty_folder_has_no_files(tmp_path):
    assert names(tmp_path) == []
    assert names(tmp_path / "missing") == []


def test_a_linked_data_set_is_entered_and_a_link_to_a_folder_above_is_named(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.jpg").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "loop").symlink_to(root)
    (root / "itself").symlink_to(root / "itself")

    assert names(root) == ["itself", "linked/1.jpg", "loop"]


@pytest.mark.parametrize("forbidden", ["iterdir", "is_dir"])
def test_a_folder_that_cannot_be_listed_or_entered_is_named_and_the_rest_read(
    tmp_path, monkeypatch, forbidden
):
    for name in ("a/1.jpg", "locked/2.jpg", "z/3.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    allowed = getattr(Path, forbidden)

    def refuse(path):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return allowed(path)

    monkeypatch.setattr(Path, forbidden, refuse)

    assert names(tmp_path) == ["a/1.jpg", "locked", "z/3.jpg"]


def test_folders_may_be_deeper_than_functions_may_call_each_other(tmp_path):
    deepest = tmp_path.joinpath(*["d"] * 150)
    deepest.mkdir(parents=True)
    (deepest / "1.jpg").touch()
    usual = sys.getrecursionlimit()

    sys.setrecursionlimit(len(inspect.stack()) + 80)
    try:
        found = list(walk_files(tmp_path))
    finally:
        sys.setrecursionlimit(usual)

    assert found == [deepest / "1.jpg"]


def test_an_id_is_the_path_from_the_sources_folder(tmp_path):
    root = tmp_path / "kaggle"

    assert name_image(root / "set" / "no" / "1.jpg", root) == "kaggle/set/no/1.jpg"


def test_bytes_that_are_not_utf8_become_escapes(tmp_path):
    root = tmp_path / "kaggle"

    assert name_image(root / "caf\udce9.jpg", root) == "kaggle/caf\\udce9.jpg"
