"""Grades and patients of BraTS' cases, by the tables that name them: `name_mapping.csv`."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from brain_tumor_kedro.datasets.brats_names import name_patient
from brain_tumor_kedro.datasets.source import make_storable

GRADES = {"hgg": "HGG", "lgg": "LGG"}
#: BraTS 2020's name_mapping.csv and its like; later years publish workbooks, to be saved as CSV.
MAPPING = re.compile(r".*mapping.*\.(csv|xlsx?)", re.IGNORECASE)
#: Columns of names, in lower case: TCGA_TCIA_subject_ID, BraTS_2020_subject_ID, …
NAMES = re.compile("brats|tcga|tcia|subject")
#: How tables say that a patient had no name in a year.
NO_NAME = {"", "na", "n/a", "nan", "none", "null", "unknown", "-"}
#: A table that tells names alone, as those of 2021 do, or one without its first line.
NO_GRADE = (
    "Expected a column Grade with HGG or LGG in {name}, found none, or an empty one: it tells "
    "who is one patient, and no grade."
)
#: Largest table that is read, in bytes; BraTS 2020's has 33 thousand.
MAX_BYTES = 2**24


class Name(NamedTuple):
    """A patient's name; the smallest of several is the one to keep.

    Attributes:
        of_a_year: False for the name at TCGA or TCIA, where the images come from.
        age: The year, negative; 0 where the column tells none.
        text: The name.
    """

    of_a_year: bool
    age: int
    text: str


@dataclass(frozen=True)
class NamedPatient:
    """A row of a table.

    Attributes:
        names: What the patient is called in each year.
        grade: As it is written there, stripped; empty where it is not.
    """

    names: tuple[Name, ...]
    grade: str


@dataclass(frozen=True)
class Named:
    """What all tables say together.

    Attributes:
        grades: The grades of a case as they are written, by its name in lower case. Names of one
            row, and of rows that share a name, are those of one patient.
        patients: The patient's id, by what `name_patient` makes of any name of the patient.
    """

    grades: dict[str, set[str]] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)

    def find_grade(self, case: str, folders: Iterable[str]) -> tuple[str | None, str | None]:
        """Tell the grade of a case.

        Args:
            case: Its name.
            folders: The folders above it.

        Returns:
            `LGG` or `HGG` and None; or None and why there is none.
        """
        stated = self.grades.get(case.lower(), set())
        odd = sorted(grade for grade in stated if grade.lower() not in GRADES)
        if odd:
            return None, f"expected grade HGG or LGG in name_mapping.csv, found {odd[0]!r}"
        by_table = {GRADES[grade.lower()] for grade in stated}
        by_folder = {GRADES[name.lower()] for name in folders if name.lower() in GRADES}
        found = by_table | by_folder
        if len(found) == 1:
            return found.pop(), None
        if found:
            return None, _describe_conflict(by_table, by_folder)
        return (
            None,
            f"expected {case} in name_mapping.csv, or in a folder HGG or LGG, found neither",
        )

    def find_patient(self, case: str) -> str:
        """Tell who a case is of: one name for all years and time points."""
        key = name_patient(case)
        return self.patients.get(key, key)


def _describe_conflict(by_table: set[str], by_folder: set[str]) -> str:
    if len(by_table) > 1:
        return "expected one grade, found HGG and LGG in name_mapping.csv for this patient"
    if len(by_folder) > 1:
        return "expected one grade, found the case below both HGG and LGG"
    table, folder = next(iter(by_table)), next(iter(by_folder))
    return f"expected one grade, found {table} in name_mapping.csv and the folder {folder}"


def read_tables(paths: Sequence[Path]) -> tuple[Named, tuple[str, ...]]:
    """Read every table of names.

    Args:
        paths: The tables.

    Returns:
        What they say together, and a note for each that cannot be read, or tells no grade.
    """
    rows: list[NamedPatient] = []
    notes = []
    for path in paths:
        try:
            found = _read_table(path)
            rows += found
            if not any(row.grade for row in found):
                notes.append(NO_GRADE.format(name=make_storable(path.name)))
        except (OSError, ValueError, csv.Error) as error:
            notes.append(
                f"Expected grades in {make_storable(path.name)}, found a table that cannot be "
                f"read ({error}): the grades of its cases are unknown."
            )
    return _join(rows), tuple(notes)


def is_table(path: Path) -> bool:
    """Whether a file is a table of names, by its own name."""
    return MAPPING.fullmatch(path.name) is not None


def _read_table(path: Path) -> list[NamedPatient]:
    if path.suffix.lower() != ".csv":
        raise ValueError("save the workbook as CSV beside it")
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise ValueError(f"expected a file of at most {MAX_BYTES:,} bytes")
    lines = _read_lines(path)
    head = lines[0] if lines else ""
    # Spreadsheets of some countries write semicolons.
    delimiter = ";" if head.count(";") > head.count(",") else ","
    header, *rows = [*csv.reader(lines, delimiter=delimiter)] or [[]]
    columns = {name.strip().lower(): index for index, name in enumerate(header)}
    if not any(map(NAMES.search, columns)):
        raise ValueError(f"expected columns such as BraTS_2020_subject_ID, found {header[:6]}")
    return [_read_row(row, columns) for row in rows]


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("its text is not UTF-8: save it as CSV UTF-8") from error


def _read_row(row: list[str], columns: dict[str, int]) -> NamedPatient:
    cells = {column: row[i].strip() for column, i in columns.items() if i < len(row)}
    known = {c: make_storable(text) for c, text in cells.items() if text.lower() not in NO_NAME}
    names = tuple(_name(column, text) for column, text in known.items() if NAMES.search(column))
    return NamedPatient(names, known.get("grade", ""))


def _name(column: str, text: str) -> Name:
    year = re.search(r"\d{4}", column)
    return Name(not re.search("tcga|tcia", column), -int(year[0]) if year else 0, text)


def _join(rows: Sequence[NamedPatient]) -> Named:
    """Put the rows of one patient together."""
    grades: dict[str, set[str]] = {}
    for group in _connect(rows, str.lower):
        stated = {row.grade for row in group} - {""}
        grades |= dict.fromkeys((name.text.lower() for name in _names(group)), stated)
    patients: dict[str, str] = {}
    for group in _connect(rows, name_patient):
        kept = name_patient(min(_names(group)).text)
        patients |= dict.fromkeys((name_patient(name.text) for name in _names(group)), kept)
    return Named(grades, patients)


def _names(rows: Iterable[NamedPatient]) -> Iterator[Name]:
    return (name for row in rows for name in row.names)


def _connect(rows: Sequence[NamedPatient], key: Callable[[str], str]) -> list[list[NamedPatient]]:
    """Groups of rows that share a name, directly or through others."""
    group_of: dict[str, list[NamedPatient]] = {}
    for row in rows:
        shared = {id(group): group for name in row.names if (group := group_of.get(key(name.text)))}
        joined = [row, *chain.from_iterable(shared.values())]
        group_of |= dict.fromkeys((key(name.text) for name in _names(joined)), joined)
    return list({id(group): group for group in group_of.values()}.values())
