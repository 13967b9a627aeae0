"""A folder of images of any format and depth, walked lazily."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any, Never

from kedro.io import AbstractDataset, DatasetError

from brain_tumor_kedro.datasets.source import make_storable, walk_files

EXPECTED = (
    "Expected images under {folder}, in any depth: DICOM, NIfTI, PNG, JPEG, TIFF or other "
    "pictures, or Figshare's .mat files. Name their folder with --params input=…"
)


@dataclass(frozen=True)
class CollectedFile:
    r"""A file of a collection, not yet opened.

    Attributes:
        file: Its path from the collection's folder, with `/`. Bytes that UTF-8 does not know are
            written as `\udcff`; where another file is really called that, a number is added, such
            as `scan\udcff (2).png`: no two files have the same.
        path: Where it lies.
    """

    file: str
    path: Path


@dataclass(frozen=True)
class ImageCollection:
    """The files below a folder, found anew each time that they are gone through.

    Attributes:
        folder: Where they lie; a file is a collection of itself.
        expected: What is expected there, for whoever finds nothing.
    """

    folder: Path
    expected: str

    def __iter__(self) -> Iterator[CollectedFile]:
        """Walk the files in sorted order, hidden ones left out; one folder's names are held."""
        if self.folder.is_file():
            yield CollectedFile(make_storable(self.folder.name), self.folder)
            return
        given: set[str] = set()
        for path in walk_files(self.folder):
            name = path.relative_to(self.folder).as_posix()
            storable = make_storable(name)
            if storable != name:
                storable = self._number(storable, given)
                given.add(storable)
            yield CollectedFile(storable, path)

    def require_images(self) -> None:
        """Stop where there is nothing to answer about.

        Raises:
            ValueError: Says what was found instead.
        """
        if next(iter(self), None) is None:
            raise ValueError(f"{self.expected} Found {self._name_place()}.")

    def _number(self, name: str, given: Set[str]) -> str:
        """The name; where another file has it, with the first number from 2 that none has."""
        place = PurePosixPath(name)
        names = (str(place.with_stem(f"{place.stem} ({number})")) for number in count(2))
        return next(
            one
            for one in chain([name], names)
            if one not in given and not _is_there(self.folder, one)
        )

    def _name_place(self) -> str:
        if self.folder.is_dir():
            return "a folder without any file that is not hidden"
        return "a pipe or a device" if _is_there(self.folder) else "nothing there"


def _is_there(*parts: Path | str) -> bool:
    """Whether a path is there; one that is too long is not."""
    try:
        return Path(*parts).exists()
    except (OSError, ValueError):
        return False


class ImageCollectionDataset(AbstractDataset[Never, ImageCollection]):
    """A folder of images to answer about.

    Loading opens no file and lists no folder: the collection is walked while it is gone through.

    Example:
        ```yaml
        input_images:
          type: brain_tumor_kedro.datasets.ImageCollectionDataset
          path: data/01_raw/input
        ```
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the folder; nothing is read yet."""
        self._path = Path(path).expanduser()
        self.metadata = metadata

    def load(self) -> ImageCollection:
        """The collection, not yet walked."""
        return ImageCollection(self._path, EXPECTED.format(folder=self._path))

    def save(self, data: Never) -> Never:
        """Refuse: images to answer about are never written."""
        raise DatasetError(f"{self._path} is read as it is given, never saved.")

    def _exists(self) -> bool:
        return self._path.exists()

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path)}
