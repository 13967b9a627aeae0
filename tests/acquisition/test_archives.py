import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain_tumor_kedro.acquisition import archives
from brain_tumor_kedro.acquisition.archives import (
    BrokenArchiveError,
    UnpackLimits,
    require_plain_name,
    unpack,
    unpack_inner,
)
from servers import zip_of

LIMITS = UnpackLimits(max_files=50, max_bytes=1_000_000)
CENTRAL = b"PK\x01\x02"


@pytest.fixture
def outside(tmp_path) -> Path:
    """The folder around all that a test unpacks, with a file that must stay as it is."""
    (tmp_path / "victim.txt").write_text("mine")
    return tmp_path


def unpack_bytes(content: bytes, outside: Path, limits: UnpackLimits = LIMITS) -> Path:
    (outside / "archive.zip").write_bytes(content)
    unpack(outside / "archive.zip", outside / "unpacked", limits)
    return outside / "unpacked"


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def with_mode(name: str, mode: int, content: bytes) -> bytes:
    return patch_central(zip_of({name: content}), 38, (mode << 16).to_bytes(4, "little"))


def patch_central(content: bytes, offset: int, value: bytes) -> bytes:
    """Change what the archive's table of contents says of its first entry."""
    start = content.index(CENTRAL) + offset
    return content[:start] + value + content[start + len(value) :]


def test_files_and_folders_come_out_as_they_are(outside):
    files = {"yes/y 1.jpg": b"a", "no/Näh.JPG": b"b", "top.txt": b""}
    content = zip_of({"empty/": b"", **files})

    folder = unpack_bytes(content, outside)

    assert files_in(folder) == files
    assert (folder / "empty").is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "../victim.txt", "a/../../victim.txt", "..", "a/..", "./a", "a//b", "/etc/victim.txt",
        "//server/share/a", "C:/victim.txt", "C:victim.txt", "..\\victim.txt", "a\\b.txt",
        "\\\\server\\a", "a\nb", "a\x1b[2Jb", "n" * 300,
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(outside, name):
    with pytest.raises(ValueError, match=r"Refused archive\.zip: entry .* Nothing was unpacked"):
        unpack_bytes(zip_of({"good.txt": b"good", name: b"evil"}), outside)

    assert files_in(outside).keys() == {"victim.txt", "archive.zip"}
    assert (outside / "victim.txt").read_text() == "mine"


def test_a_name_cut_at_a_zero_byte_is_refused(outside):
    content = zip_of({"good.txtX../evil": b"evil"}).replace(b"good.txtX", b"good.txt\0")

    with pytest.raises(ValueError, match=r"Refused archive\.zip"):
        unpack_bytes(content, outside)


@given(st.lists(st.text("ab./\\:", min_size=1, max_size=8), max_size=4, unique=True))
def test_whatever_the_names_nothing_leaves_the_folder(names):
    with tempfile.TemporaryDirectory() as place:
        outside = Path(place) / "deep" / "deeper"
        outside.mkdir(parents=True)
        try:
            unpack_bytes(zip_of(dict.fromkeys(names, b"content")), outside)
        except ValueError:
            expected = set()
        else:
            expected = {f"unpacked/{name}" for name in names if not name.endswith("/")}

        assert files_in(outside).keys() == {"archive.zip", *expected}
        assert sorted(Path(place).iterdir()) == [outside.parent]
        assert sorted(outside.parent.iterdir()) == [outside]


@pytest.mark.parametrize(
    ("kind", "said"),
    [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "no plain file"), (stat.S_IFCHR, "no plain file")],
)
def test_links_and_devices_are_refused(outside, kind, said):
    with pytest.raises(ValueError, match=said):
        unpack_bytes(with_mode("link", kind | 0o777, b"../victim.txt"), outside)

    assert not (outside / "unpacked").exists()


def test_files_lose_the_rights_that_the_archive_gives_them(outside):
    folder = unpack_bytes(with_mode("program", stat.S_IFREG | 0o4777, b"#!/bin/sh"), outside)

    assert (folder / "program").stat().st_mode & 0o7111 == 0


def test_nothing_is_overwritten(outside):
    (outside / "unpacked").mkdir()
    (outside / "unpacked" / "a.txt").write_text("mine")

    with pytest.raises(ValueError, match=r"a\.txt is there already, and nothing is overwritten"):
        unpack_bytes(zip_of({"a.txt": b"evil"}), outside)

    assert (outside / "unpacked" / "a.txt").read_text() == "mine"


def test_a_file_where_a_folder_should_be_is_named(outside):
    (outside / "unpacked").mkdir()
    (outside / "unpacked" / "a").write_text("mine")

    with pytest.raises(ValueError, match="is there already"):
        unpack_bytes(zip_of({"a/b/c.txt": b"evil"}), outside)


def test_a_link_that_lies_there_is_not_followed(outside):
    (outside / "unpacked").mkdir()
    (outside / "unpacked" / "a.txt").symlink_to(outside / "victim.txt")

    with pytest.raises(ValueError, match="is there already"):
        unpack_bytes(zip_of({"a.txt": b"evil"}), outside)

    assert (outside / "victim.txt").read_text() == "mine"


def test_names_that_differ_by_case_are_both_kept_where_the_disk_can_tell_them_apart(outside):
    (outside / "CASE").touch()
    content = zip_of({"no/N1.jpg": b"first", "no/n1.jpg": b"second"})

    if (outside / "case").exists():
        with pytest.raises(ValueError, match="is there already"):
            unpack_bytes(content, outside)
    else:
        assert files_in(unpack_bytes(content, outside)) == {
            "no/N1.jpg": b"first",
            "no/n1.jpg": b"second",
        }


@pytest.mark.parametrize("names", [("a.txt", "a.txt"), ("\u00e9.txt", "e\u0301.txt")])
def test_a_name_that_comes_twice_is_refused(outside, names):
    first, second = names
    other = second.replace("a", "b")
    content = zip_of({first: b"first", other: b"second"}).replace(other.encode(), second.encode())

    with pytest.raises(ValueError, match="its name comes twice"):
        unpack_bytes(content, outside)


def test_a_file_that_is_a_folder_too_is_refused(outside):
    with pytest.raises(ValueError, match="'a' is a file and a folder"):
        unpack_bytes(zip_of({"a": b"file", "a/b": b"file"}), outside)


def test_a_bomb_is_refused_unopened(outside):
    content = zip_of({"zeros": bytes(5_000_000)})
    assert len(content) < 10_000

    with pytest.raises(ValueError, match=r"found 1 and 5,000,000.*unpack\.max_files"):
        unpack_bytes(content, outside)

    assert not (outside / "unpacked").exists()


def test_a_bomb_that_lies_about_its_size_is_stopped(outside):
    content = patch_central(zip_of({"zeros": bytes(5_000_000)}), 24, (1000).to_bytes(4, "little"))

    with pytest.raises(BrokenArchiveError):
        unpack_bytes(content, outside)

    assert sum(map(len, files_in(outside / "unpacked").values())) <= 1000


def test_too_many_files_are_refused(outside):
    with pytest.raises(ValueError, match="at most 50 files"):
        unpack_bytes(zip_of({f"{number}.txt": b"" for number in range(51)}), outside)


def test_what_the_disk_cannot_hold_is_not_begun(outside, monkeypatch):
    def disk_usage(_path):
        return type("Usage", (), {"free": 10})

    monkeypatch.setattr(archives.shutil, "disk_usage", disk_usage)

    with pytest.raises(ValueError, match=r"Expected 11 free bytes .* found 10"):
        unpack_bytes(zip_of({"a.txt": b"hello world"}), outside)


def test_an_encrypted_archive_is_refused(outside):
    content = patch_central(zip_of({"a.txt": b"secret"}), 8, b"\x01\x00")

    with pytest.raises(ValueError, match="it is encrypted"):
        unpack_bytes(content, outside)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Please log in",
        b"",
        zip_of({"a.txt": b"hello"})[:-30],
        patch_central(zip_of({"a.txt": b"hello"}), 16, b"\0\0\0\0"),
        patch_central(zip_of({"a.txt": b"hello"}), 10, b"\x63\x00"),
    ],
    ids=["a page", "empty", "cut short", "wrong CRC", "unknown method"],
)
def test_a_broken_archive_is_named_as_such(outside, content):
    with pytest.raises(BrokenArchiveError, match=r"archive\.zip: .* Fetch it again"):
        unpack_bytes(content, outside)


def test_archives_in_an_archive_are_unpacked_where_they_lie(outside):
    folder = outside / "unpacked"
    unpack_bytes(
        zip_of({"in/a.zip": zip_of({"1.mat": b"1"}), "b.zip": zip_of({"2.mat": b"2"})}), outside
    )

    unpack_inner(folder, LIMITS)

    assert files_in(folder) == {"in/1.mat": b"1", "2.mat": b"2"}


def test_an_inner_archive_overwrites_nothing(outside):
    folder = unpack_bytes(zip_of({"a.zip": zip_of({"1.mat": b"evil"}), "1.mat": b"1"}), outside)

    with pytest.raises(ValueError, match="is there already"):
        unpack_inner(folder, LIMITS)

    assert (folder / "1.mat").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "C:a", "a\0"])
def test_a_published_name_is_a_name_alone(name):
    require_plain_name("README (1).txt")

    with pytest.raises(ValueError, match="Expected the name of a file"):
        require_plain_name(name)
