"""Tables of answers, written as the answers come: Parquet for programs, CSV for people."""

import csv
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from brain_tumor_kedro.serving.columns import columns_of

PARQUET, CSV = "answers.parquet", "answers.csv"

#: Rows that are held in memory and written together.
GROUP = 4096

#: With these a spreadsheet takes a cell for a formula, and would run it: OWASP, CSV injection.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}")
TYPES = {
    "frame": pa.int64(),
    "out_of_distribution_score": pa.float64(),
    "out_of_distribution": pa.bool_(),
    "needs_review": pa.bool_(),
}


class AnswerTables(AbstractContextManager["AnswerTables"]):
    """Both tables, open for rows."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        """Name the files.

        Args:
            folder: In which `answers.parquet` and `answers.csv` are made.
            classes: Class labels in the order of the classifier's outputs.
        """
        self._folder, self._columns = folder, columns_of(classes)
        self._schema = _type_columns(self._columns)
        self._rows: list[Mapping[str, Any]] = []
        self._stack = ExitStack()

    def __enter__(self) -> "AnswerTables":
        """Open the files and write the heads."""
        parquet = pq.ParquetWriter(self._folder / PARQUET, self._schema)
        self._parquet = self._stack.enter_context(parquet)
        file = (self._folder / CSV).open("w", encoding="utf-8", newline="")
        # All text in quotes: a spreadsheet that splits at semicolons would see formulas otherwise.
        self._csv = csv.writer(
            self._stack.enter_context(file), lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
        )
        self._csv.writerow(self._columns)
        return self

    def add(self, row: Mapping[str, Any]) -> None:
        """Take a row, a value for each column."""
        self._rows.append(row)
        if len(self._rows) == GROUP:
            self._write()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left and close the files."""
        with self._stack:
            if kind is None:
                self._write()

    def _write(self) -> None:
        if self._rows:
            self._parquet.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._csv.writerows(
                [write_cell(row[column]) for column in self._columns] for row in self._rows
            )
            self._rows = []


def write_cell(value: Any) -> Any:
    """Write a value for a CSV file: no text in it is ever a formula.

    Args:
        value: Of a row.

    Returns:
        The value; text that a spreadsheet would take for a formula has an apostrophe before it,
        and what is not there is empty.
    """
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return value


def _type_columns(columns: Sequence[str]) -> pa.Schema:
    probability = {name: pa.float64() for name in columns if name.startswith("p_")}
    kinds = TYPES | probability
    return pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
