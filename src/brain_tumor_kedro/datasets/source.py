"""What a source of images looks like before anything is read: files that can read themselves."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Picture:
    """One decoded image, as its file holds it.

    Attributes:
        pixels: `(h, w)` or `(h, w, c)`, any integer or float type, as a viewer shows it.
        mode: Pillow's name of the pixel format; `I;16` for 16-bit arrays.
        label: The class, where the file itself says so.
        patient_id: The patient, where the file itself says so.
        note: What of the file is not in `pixels`, such as further frames.
    """

    pixels: np.ndarray
    mode: str
    label: str | None = None
    patient_id: str | None = None
    note: str | None = None


class NotAnImageError(ValueError):
    """The bytes are those of something else, and not of a broken image.

    Attributes:
        reason: The manifest's reason for such a file.
    """

    reason = "not_an_image"


class UndecodableError(ValueError):
    """An image cannot be decoded, for a reason in this project's own words.

    Its text never quotes the file: what a file says of itself may name a person.
    """


class ForeignFileError(NotAnImageError, UndecodableError):
    """The bytes are those of something else, said in this project's own words."""


@dataclass(frozen=True)
class SourceFile(ABC):
    """A file of a source, not yet opened.

    Attributes:
        image_id: Unique; the path from the folder that holds the source's folder.
        path: Where it lies.
        source: The name of its source.
        published_split: `train` or `test`, where the place of the file says so.
        label: The class, where the place of the file says so.
        published_fold: 1 to 5, where the source publishes folds for cross-validation.
    """

    image_id: str
    path: Path
    source: str
    published_split: str | None = None
    label: str | None = None
    published_fold: int | None = None

    @abstractmethod
    def decode(self, content: bytes) -> Picture:
        """Turn the file's bytes into a picture.

        Args:
            content: The whole file.

        Raises:
            NotAnImageError: Where the bytes are those of something else.
            ValueError: Says what is wrong with the bytes.
        """


@dataclass(frozen=True)
class Source:
    """A source as it lies on disk.

    Attributes:
        files: Every file, sorted by `image_id`; empty where the source is missing.
        expected: What is expected at which place, and how to get it, for whoever finds it missing.
        notes: What the user must know of the source, a sentence or two each.
    """

    files: tuple[SourceFile, ...]
    expected: str
    notes: tuple[str, ...] = ()


def walk_files(root: str | PathLike[str]) -> Iterator[Path]:
    """Every file below a folder, in sorted order, hidden ones left out, links followed.

    Args:
        root: The folder; a missing one has no files.

    Yields:
        Paths below `root`. A folder that cannot be listed, and a link to a folder above it, are
        named like files, so that whoever reads them says what is wrong.
    """
    # A stack of its own: folders can be deeper than Python's functions may call each other.
    waiting = [(Path(root), frozenset[Path]())] if _is_folder(Path(root)) else []
    while waiting:
        path, above = waiting.pop()
        entries = _list_folder(path, above) if _is_folder(path) else None
        if entries is None:
            yield path
        elif entries:
            above |= {path.resolve()}
            waiting += [(entry, above) for entry in entries]


def _list_folder(folder: Path, above: frozenset[Path]) -> list[Path] | None:
    """What a folder shows, last first; None for one that cannot be listed or holds itself."""
    try:
        if folder.resolve() in above:
            return None
        shown = (entry for entry in folder.iterdir() if not entry.name.startswith("."))
        return sorted(shown, reverse=True)
    except OSError:
        return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, or in a folder that may be listed and not entered
        return False


def name_image(path: Path, root: Path) -> str:
    """The `image_id` of a file: its path from the folder that holds the source's folder."""
    return make_storable(path.relative_to(root.parent).as_posix())


def make_storable(text: str) -> str:
    """The same text with escapes for what UTF-8 cannot hold, such as odd bytes of a file's name."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
