"""Unpacking archives that nobody vouches for."""

import shutil
import stat
import unicodedata
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NoReturn
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, ConfigDict, Field
from tqdm import tqdm

ENCRYPTED = 0x1
LONGEST_NAME = 255


class BrokenArchiveError(ValueError):
    """The file is no whole archive: fetching it again may help."""


class UnpackLimits(BaseModel):
    """What an archive may hold at most.

    Attributes:
        max_files: Entries.
        max_bytes: Bytes of all files, unpacked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_files: int = Field(default=100_000, gt=0)
    max_bytes: int = Field(default=20_000_000_000, gt=0)


def unpack(archive: Path, folder: Path, limits: UnpackLimits) -> None:
    """Unpack a ZIP archive; every entry is looked at before the first is written.

    Args:
        archive: The archive.
        folder: Where its files go; none that is there is ever overwritten. Best a folder that
            nobody looks into before this returns: what an error leaves there is incomplete.
        limits: What the archive may hold.

    Raises:
        BrokenArchiveError: Where it is no archive, or cut short, or fails its checksums.
        ValueError: Where an entry would leave the folder, is a link or no plain file, is
            encrypted, comes twice, or is there already, and where the limits or the disk's free
            space are exceeded.
    """
    try:
        with ZipFile(archive) as opened:
            entries = opened.infolist()
            _check_amount(archive, entries, limits)
            _check_entries(archive, entries)
            _check_space(archive, entries, folder)
            _extract(opened, entries, folder)
    except (BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise BrokenArchiveError(
            f"Expected a whole ZIP archive, found {archive.name}: {error}. Fetch it again."
        ) from error


def unpack_inner(folder: Path, limits: UnpackLimits) -> None:
    """Unpack every archive below a folder where it lies, one level deep, and delete it.

    Args:
        folder: With what an outer archive held.
        limits: What each inner archive may hold.

    Raises:
        ValueError: As `unpack`.
    """
    for archive in sorted(path for path in folder.rglob("*.zip") if path.is_file()):
        unpack(archive, archive.parent, limits)
        archive.unlink()


def require_plain_name(name: str) -> None:
    """Raise `ValueError` where a published file's name is more than a name."""
    try:
        plain = len(_split_name(name)) == 1
    except ValueError:
        plain = False
    if not plain:
        raise ValueError(f"Expected the name of a file, found {name!r}.")


def _check_amount(archive: Path, entries: list[ZipInfo], limits: UnpackLimits) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > limits.max_files or total > limits.max_bytes:
        raise ValueError(
            f"Expected at most {limits.max_files:,} files and {limits.max_bytes:,} bytes in "
            f"{archive.name}, found {len(entries):,} and {total:,}. It may be a trap. If it is "
            "what it should be, raise acquisition.unpack.max_files and max_bytes."
        )


def _check_entries(archive: Path, entries: list[ZipInfo]) -> None:
    files: set[tuple[str, ...]] = set()
    folders: set[tuple[str, ...]] = set()
    for entry in entries:
        try:
            _check_kind(entry)
            parts = _split_name(entry.orig_filename.removesuffix("/"))
        except ValueError as error:
            _refuse(archive, entry, str(error))
        parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
        folders |= {parts[:depth] for depth in range(1, len(parts))}
        if parts in files:
            _refuse(archive, entry, "its name comes twice")
        (folders if entry.is_dir() else files).add(parts)
    if both := files & folders:
        raise ValueError(
            f"Refused {archive.name}: {'/'.join(min(both))!r} is a file and a folder in it."
        )


def _refuse(archive: Path, entry: ZipInfo, why: str) -> NoReturn:
    raise ValueError(
        f"Refused {archive.name}: entry {entry.orig_filename!r}: {why}. Nothing was unpacked. "
        "Such an archive is broken or made to do harm; look at it before you unpack it by hand."
    )


def _check_kind(entry: ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & ENCRYPTED:
        raise ValueError("it is encrypted")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        what = "a link" if kind == stat.S_IFLNK else "no plain file"
        raise ValueError(f"it is {what}")


def _split_name(name: str) -> tuple[str, ...]:
    """The parts of an entry's path.

    Raises:
        ValueError: Where it could mean a place outside of the folder, on any system.
    """
    parts = tuple(name.split("/"))
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or "\\" in name:
        raise ValueError("its path starts elsewhere or has backslashes")
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError("its path has empty parts or dots")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise ValueError("its path has control characters")
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        raise ValueError("its name is too long")
    return parts


def _check_space(archive: Path, entries: list[ZipInfo], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if needed > free:
        raise ValueError(
            f"Expected {needed:,} free bytes to unpack {archive.name} in {folder}, found {free:,}."
        )


def _extract(opened: ZipFile, entries: list[ZipInfo], folder: Path) -> None:
    for entry in tqdm(entries, desc="Unpack", unit="file", mininterval=1.0):
        target = folder.joinpath(*_split_name(entry.orig_filename.removesuffix("/")))
        try:
            (target if entry.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
            if not entry.is_dir():
                # Creating only: also where the file system takes two names for one.
                with opened.open(entry) as packed, target.open("xb") as file:
                    shutil.copyfileobj(packed, file)
        except (FileExistsError, NotADirectoryError) as error:
            raise ValueError(
                f"{target} is there already, and nothing is overwritten: two entries of the "
                "archive have names that this file system takes for one, or the folder was in use."
            ) from error
