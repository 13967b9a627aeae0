"""Kaggle-style sources: data sets of pictures in folders that are named after their class."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from brain_tumor_kedro.datasets.figshare_dataset import refuse_to_mix
from brain_tumor_kedro.datasets.local_file import replacing
from brain_tumor_kedro.datasets.pictures import decode_picture
from brain_tumor_kedro.datasets.source import (
    Picture,
    Source,
    SourceFile,
    make_storable,
    name_image,
    walk_files,
)

PUBLISHED_SPLITS = {
    "training": "train", "train": "train", "testing": "test", "test": "test",
}  # fmt: skip
EXPECTED = (
    "Expected Kaggle data sets under {folder}, one folder each, with pictures in class-named "
    "folders of any depth (such as <data set>/Training/glioma_tumor/*.jpg; known classes: "
    "{classes}). To get some: kedro run --pipelines acquisition. By hand: download one from "
    "https://www.kaggle.com/datasets (for example sartajbhuvaji/brain-tumor-classification-mri) "
    "and unpack it there, in a folder of its own."
)
SPLITS_AS_SOURCES = (
    "Expected data sets under {folder}, one folder each, found {found} directly there. Each is "
    "taken for a source of its own, so that copies between them do not count as leakage from "
    "training to test: put them in one folder of their own, such as {folder}/<data set>/{first}."
)


@dataclass(frozen=True)
class PictureFile(SourceFile):
    """One picture of any format."""

    def decode(self, content: bytes) -> Picture:
        """Decode the file; see `decode_picture`."""
        return decode_picture(content)


class ImageFolderDataset(AbstractDataset[Mapping[str, bytes], Source]):
    """Any number of data sets, one folder each, listed at once and read lazily.

    Loading returns a `Source` with one `PictureFile` for every file of any depth. Its label is
    that of the nearest folder above it that names a class, its published split that of a folder
    named `Training`, `Testing`, `train` or `test`; a note of the source says where such a folder
    lies in the place of a data set. Case, spaces and punctuation of a folder's name do not matter.
    Saving writes bytes as they are and never beside other files.

    Example:
        ```yaml
        kaggle:
          type: brain_tumor_kedro.datasets.ImageFolderDataset
          path: data/01_raw/kaggle
          labels:
            glioma: [glioma, glioma_tumor]
            no_tumor: [no_tumor, notumor, no]
        ```
    """

    def __init__(
        self, *, path: str, labels: Mapping[str, list[str]], metadata: dict[str, Any] | None = None
    ) -> None:
        """Name the folder and, for every class, the folder names that stand for it."""
        self._path = Path(path)
        self._labels = _invert(labels)
        self.metadata = metadata

    def load(self) -> Source:
        """List the files, in order of their ids."""
        files = tuple(self._describe_file(path) for path in walk_files(self._path))
        classes = ", ".join(sorted(set(self._labels.values())))
        expected = EXPECTED.format(folder=self._path, classes=classes)
        return Source(files, expected, self._note_splits(files))

    def save(self, data: Mapping[str, bytes]) -> None:
        """Write files.

        Args:
            data: From a path below the folder to the file's bytes.

        Raises:
            DatasetError: Where the folder holds other files, which might be real data.
        """
        refuse_to_mix(self._path, set(data))
        for name, content in data.items():
            with replacing(self._path / name) as partial:
                partial.write_bytes(content)

    def _describe_file(self, path: Path) -> PictureFile:
        data_set, *folders = path.relative_to(self._path).parent.parts or ("",)
        names = [_plain(folder) for folder in reversed(folders)]
        label = next((self._labels[name] for name in names if name in self._labels), None)
        split = next((PUBLISHED_SPLITS[name] for name in names if name in PUBLISHED_SPLITS), None)
        # A data set may also be a single class-named folder, or one part of a published split.
        label = label or self._labels.get(_plain(data_set))
        split = split or PUBLISHED_SPLITS.get(_plain(data_set))
        source = f"{self._path.name}/{data_set}".rstrip("/")
        image_id = name_image(path, self._path)
        return PictureFile(image_id, path, make_storable(source), split, label)

    def _note_splits(self, files: tuple[PictureFile, ...]) -> tuple[str, ...]:
        places = {file.path.relative_to(self._path).parent.parts[:1] for file in files}
        found = sorted(make_storable(name) for (name,) in filter(None, places) if _is_split(name))
        if not found:
            return ()
        names = {"folder": self._path.name, "found": " and ".join(found), "first": found[0]}
        return (SPLITS_AS_SOURCES.format(**names),)

    def _exists(self) -> bool:
        return any(True for _ in walk_files(self._path))

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path), "labels": sorted(set(self._labels.values()))}


def _invert(labels: Mapping[str, list[str]]) -> dict[str, str]:
    inverted: dict[str, str] = {}
    for label, names in labels.items():
        for name in names:
            if not isinstance(name, str) or not _plain(name):
                raise DatasetError(
                    f"Expected names of folders for {label}, found {name!r}. YAML reads a bare no, "
                    'yes, on or off as a truth value: write "no".'
                )
            if inverted.setdefault(_plain(name), label) != label:
                raise DatasetError(
                    f"Expected every folder name under one class, found {name!r} under "
                    f"{inverted[_plain(name)]} and {label}."
                )
    return inverted


def _is_split(folder: str) -> bool:
    return _plain(folder) in PUBLISHED_SPLITS


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
