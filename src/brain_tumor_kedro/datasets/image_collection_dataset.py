"""A folder of images of any format and depth, walked lazily."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

from kedro.io import AbstractDataset, DatasetError

from brain_tumor_kedro.datasets.source import make_storable, walk_files

EXPECTED = (
    "Expected images under {folder}, in any depth: DICOM, NIfTI, PNG, JPEG, TIFF or other "
    "pictures, or Figshare's .mat files. Name their folder with --params input=…"
)


@dataclass(frozen=True)
class CollectedFile:
    """A file of a collection, not yet opened.

    Attributes:
        file: Its path from the collection's folder, with `/`.
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
        for path in walk_files(self.folder):
            name = path.relative_to(self.folder).as_posix()
            yield CollectedFile(make_storable(name), path)


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
