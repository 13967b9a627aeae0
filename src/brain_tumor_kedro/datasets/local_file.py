"""What the datasets that keep one file on this machine share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
        super().__init__(PurePosixPath(filepath), version, exists_function=_is_file)
        self.metadata = metadata

    @contextmanager
    def _replacing(self) -> Iterator[Path]:
        """Give a path to write to, and put what was written in place: whole or not at all."""
        with replacing(Path(self._get_save_path())) as partial:
            yield partial

    def _exists(self) -> bool:
        try:
            return _is_file(str(self._get_load_path()))
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


def _is_file(path: str) -> bool:
    return Path(path).is_file()
