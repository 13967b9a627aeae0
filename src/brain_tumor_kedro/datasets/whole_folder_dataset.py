"""A folder of files that is there whole or not at all."""

import logging
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from kedro.io import DatasetError

from brain_tumor_kedro.datasets.local_file import LocalFileDataset, making_folder

logger = logging.getLogger(__name__)

#: A file's path below the folder, and its bytes or a file that holds them.
Content = tuple[str, bytes | Path]


class WholeFolderDataset(LocalFileDataset[Iterable[Content], Path]):
    """A folder, written file by file beside its place and put there when it is complete.

    An interrupted save leaves nothing that looks finished, and an existing folder is never added
    to. Loading returns the folder's path.

    Example:
        ```yaml
        export:
          type: brain_tumor_kedro.datasets.WholeFolderDataset
          filepath: data/08_reporting/export
          versioned: true
        ```
    """

    def load(self) -> Path:
        """Find the folder.

        Returns:
            Its path.

        Raises:
            DatasetError: Where there is none.
        """
        path = Path(self._get_load_path())
        if not path.is_dir():
            raise DatasetError(f"Expected a folder {path}, found none.")
        return path

    def save(self, data: Iterable[Content]) -> None:
        """Write the files as they come: one at a time is held in memory.

        Args:
            data: For each file its path below the folder, with `/`, and its bytes, or a file that
                holds them, which is copied.

        Raises:
            DatasetError: Where the folder is there already, a path leads out of it, or two are the
                same.
        """
        folder, number = Path(self._get_save_path()), 0
        with making_folder(folder) as partial, _going_through(data) as files:
            for name, content in files:
                _write(partial, name, content)
                number += 1
        logger.info("Wrote %s files to %s", f"{number:,}", folder)

    @staticmethod
    def _is_whole(path: str) -> bool:
        return Path(path).is_dir()


@contextmanager
def _going_through(data: Iterable[Content]) -> Iterator[Iterator[Content]]:
    """Go through files; a generator is closed at once, with all that it holds open."""
    files = iter(data)
    try:
        yield files
    finally:
        if isinstance(files, Generator):
            files.close()


def _write(folder: Path, name: str, content: bytes | Path) -> None:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute():
        raise DatasetError(f"Expected a path below the folder, found {name!r}.")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
            return
        with content.open("rb") as source:
            shutil.copyfileobj(source, file)
