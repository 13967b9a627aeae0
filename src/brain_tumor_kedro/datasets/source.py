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
    """

    pixels: np.ndarray
    mode: str
    label: str | None = None
    patient_id: str | None = None


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
    """Every file below a folder, in sorted order, hidden ones left out, links followed once.

    Args:
        root: The folder; a missing one has no files.

    Yields:
        Paths below `root`. A folder that a link makes its own ancestor is entered once.
    """
    yield from _walk(Path(root), frozenset())


def _walk(folder: Path, ancestors: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in ancestors or not folder.is_dir():
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        # A folder that cannot be opened is named as a file that cannot be read.
        yield folder
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, ancestors | {real})
        else:
            yield entry


def name_image(path: Path, root: Path) -> str:
    """The `image_id` of a file: its path from the folder that holds the source's folder."""
    return make_storable(path.relative_to(root.parent).as_posix())


def make_storable(text: str) -> str:
    """The same text with escapes for what UTF-8 cannot hold, such as odd bytes of a file's name."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
