"""A folder as it is: for nodes whose work is the folder itself."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class FolderDataset(AbstractDataset[NoReturn, Path]):
    """The place of a folder, so that the catalog alone knows where things lie.

    Example:
        ```yaml
        raw_folder:
          type: brain_tumor_kedro.datasets.FolderDataset
          path: data/01_raw
        ```
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the folder; nothing is made yet."""
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> Path:
        """Make the folder where it is missing, and name it.

        Raises:
            DatasetError: Where there is something else in its place.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(f"Expected a folder at {self._path}: {error}") from error
        return self._path

    def save(self, data: NoReturn) -> None:
        """Refuse: what goes into the folder is up to the node that works in it."""
        raise DatasetError(f"{self._path} is a folder; nothing is saved as such.")

    def _exists(self) -> bool:
        return self._path.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path)}
