"""The tables that earlier runs left, where there were any."""

import logging
from pathlib import Path

import pandas as pd
from kedro.io import DatasetError

from brain_tumor_kedro.datasets.local_file import LocalFileDataset

logger = logging.getLogger(__name__)


class PreviousTablesDataset(LocalFileDataset[pd.DataFrame, pd.DataFrame]):
    """All readable versions of a Parquet table, one below the other, or an empty table.

    A run that builds on what earlier ones decided reads them through this dataset: a first run
    finds an empty table, and a version that an interrupted run left broken is passed over.

    Example:
        ```yaml
        previous_manifests:
          type: brain_tumor_kedro.datasets.PreviousTablesDataset
          filepath: data/03_primary/manifest.parquet
          versioned: true
        ```
    """

    def load(self) -> pd.DataFrame:
        """Read every version that can be read.

        Returns:
            The tables' columns and `version`, a number that counts from the newest, 0; without
            columns where there is none. `attrs["versions"]` holds the `attrs` of each.
        """
        tables: list[pd.DataFrame] = []
        for path in self._candidates():
            try:
                tables.append(pd.read_parquet(path).assign(version=len(tables)))
            except (OSError, ValueError) as error:
                logger.warning("Passed over %s, which cannot be read: %s", path, error)
        if not tables:
            return pd.DataFrame()
        together = pd.concat(tables, ignore_index=True)
        together.attrs = {"versions": [table.attrs for table in tables]}
        return together

    def save(self, data: pd.DataFrame) -> None:
        """Refuse: what an earlier run decided is not written anew."""
        raise DatasetError(f"{self._filepath} is read here as earlier runs left it, never saved.")

    def _candidates(self) -> list[str]:
        if self._version is None:
            return [str(self._filepath)] if Path(self._filepath).is_file() else []
        if self._version.load is not None:
            return [str(self._get_load_path())]
        return list(self._get_versions())

    def _exists(self) -> bool:
        return bool(self._candidates())
