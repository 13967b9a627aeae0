"""The files of cells: what a training leaves in the study's folder, whole or not at all."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pandas as pd

#: Written last: a cell with this is finished.
SUMMARY = "summary.json"
FAILURE = "failure.json"
PREDICTIONS = "predictions"

BROKEN = (
    "Expected what a cell has found in {path}, found a broken file ({error}). Delete the folder it "
    "lies in; the next run of the study trains that cell again."
)

State = Literal["finished", "failed", "open"]


class CellFiles:
    """Reads and writes `<folder>/<cell>/`: tables as Parquet, the summary, or why it failed."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first cell."""
        self._folder = folder

    def state(self, cell: str) -> State:
        """Say how far a cell is.

        Args:
            cell: Its id.

        Returns:
            `finished` where all of its files are there.
        """
        place = self._folder / cell
        if (place / SUMMARY).is_file() and (place / f"{PREDICTIONS}.parquet").is_file():
            return "finished"
        return "failed" if (place / FAILURE).is_file() else "open"

    def write(
        self, cell: str, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]
    ) -> None:
        """Keep what a cell has found; a failure of before is forgotten.

        Args:
            cell: Its id.
            tables: By name; `predictions` among them.
            summary: As JSON holds it.
        """
        place = self._folder / cell
        place.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            path = place / f"{name}.parquet"
            temporary = _beside(path)
            table.to_parquet(temporary, index=False)
            temporary.replace(path)
        _write_json(place / SUMMARY, summary)
        (place / FAILURE).unlink(missing_ok=True)

    def write_failure(self, cell: str, failure: Mapping[str, Any]) -> None:
        """Keep why a cell failed.

        Args:
            cell: Its id.
            failure: As JSON holds it, with `error`.
        """
        place = self._folder / cell
        place.mkdir(parents=True, exist_ok=True)
        _write_json(place / FAILURE, failure)

    def forget(self, cell: str) -> None:
        """Delete all that a cell has left."""
        shutil.rmtree(self._folder / cell, ignore_errors=True)

    def summary(self, cell: str) -> dict[str, Any]:
        """Read what a finished cell has found, or why a failed one failed.

        Args:
            cell: Its id.

        Returns:
            As it was written.

        Raises:
            ValueError: Where the file is broken.
        """
        name = SUMMARY if self.state(cell) == "finished" else FAILURE
        path = self._folder / cell / name
        try:
            found: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ValueError(BROKEN.format(path=path, error=error)) from error
        return found

    def table(self, cell: str, name: str = PREDICTIONS) -> pd.DataFrame | None:
        """Read a table of a finished cell.

        Args:
            cell: Its id.
            name: Of the table.

        Returns:
            The table; None where there is none of that name.

        Raises:
            ValueError: Where the file is broken.
        """
        path = self._folder / cell / f"{name}.parquet"
        if not path.is_file():
            return None
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:  # PyArrow's errors are one of the two
            raise ValueError(BROKEN.format(path=path, error=error)) from error


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    temporary = _beside(path)
    temporary.write_text(json.dumps(content, indent=1))
    temporary.replace(path)


def _beside(path: Path) -> Path:
    """A name of its own in the same folder, from where it can be put in place at once."""
    return path.with_name(f".{path.name}.{uuid4().hex}")
