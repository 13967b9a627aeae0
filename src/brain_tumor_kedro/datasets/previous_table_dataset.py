"""The table that the last run left, where there was one."""

import logging
from pathlib import Path

import pandas as pd
from kedro.io import DatasetError

from brain_tumor_kedro.datasets.local_file import LocalFileDataset

logger = logging.getLogger(__name__)


class PreviousTableDataset(LocalFileDataset[pd.DataFrame, pd.DataFrame]):
    """The newest readable version of a Parquet table, or an empty table where there is none.

    A run that builds on what an earlier one decided reads it through this dataset: a first run
    finds an empty table, and a version that an interrupted run left broken is passed over.

    Example:
        ```yaml
        previous_manifest:
          type: brain_tumor_kedro.datasets.PreviousTableDataset
          filepath: data/03_primary/manifest.parquet
          versioned: true
        ```
    """

    def load(self) -> pd.DataFrame:
        """Read the newest version that can be read; an empty table without columns where none."""
        for path in self._candidates():
            try:
                return pd.read_parquet(path)
            except (OSError, ValueError) as error:
                logger.warning("Passed over %s, which cannot be read: %s", path, error)
        return pd.DataFrame()

    def save(self, data: pd.DataFrame) -> None:
        """Refuse: what an earlier run decided is not written anew."""
        raise DatasetError(f"{self._filepath} is read here as an earlier run left it, never saved.")

    def _candidates(self) -> list[str]:
        if self._version is None:
            return [str(self._filepath)] if Path(self._filepath).is_file() else []
        if self._version.load is not None:
            return [str(self._get_load_path())]
        return list(self._get_versions())

    def _exists(self) -> bool:
        return bool(self._candidates())
