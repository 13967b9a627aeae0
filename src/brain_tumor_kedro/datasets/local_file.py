"""What the datasets that keep one file on this machine share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from kedro.io import AbstractVersionedDataset, DatasetError, Version

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class LocalFileDataset(AbstractVersionedDataset[Saved, Loaded], Generic[Saved, Loaded]):
    """One file, versioned where the catalog says so; a subclass reads and writes it."""

    def __init__(
        self,
        *,
        filepath: str,
        version: Version | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the file; nothing is read yet.

        Args:
            filepath: Where it lies, or its versions do.
            version: Kedro passes it for `versioned: true`.
            metadata: For hooks and plugins.
        """
        super().__init__(PurePosixPath(filepath), version, exists_function=self._is_whole)
        self.metadata = metadata

    @staticmethod
    def _is_whole(path: str) -> bool:
        """Whether a path that Kedro names holds what is saved here."""
        return Path(path).is_file()

    @contextmanager
    def _replacing(self) -> Iterator[Path]:
        """Give a path to write to, and put what was written in place: whole or not at all."""
        with replacing(Path(self._get_save_path())) as partial:
            yield partial

    def _exists(self) -> bool:
        try:
            return self._is_whole(str(self._get_load_path()))
        except DatasetError:
            return False

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "version": self._version}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all.

    Args:
        path: Where the file belongs; folders are made.

    Yields:
        A hidden path beside it, with the same suffix. What is there at the end replaces the file;
        after an error nothing is left of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)  # noqa: PTH105
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def making_folder(path: Path) -> Iterator[Path]:
    """Make a folder whole or not at all.

    Args:
        path: Where the folder belongs.

    Yields:
        A hidden, empty folder beside it. What is in it at the end becomes the folder; after an
        error nothing is left of it.

    Raises:
        FileExistsError: Where there is something already: nothing is replaced or mixed.
    """
    if path.exists():
        raise FileExistsError(f"Expected nothing at {path}, found something. Move it away.")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    above, made = path.parent, not path.parent.exists()
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if made:
            with suppress(OSError):  # of a version that was never finished; else it is not empty
                above.rmdir()
