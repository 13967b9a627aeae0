import csv

import pandas as pd
import pyarrow.parquet as pq
import pytest

from answered import CLASSES, make_row, make_unreadable
from brain_tumor_kedro.serving import answer_tables
from brain_tumor_kedro.serving.answer_tables import AnswerTables, write_cell
from brain_tumor_kedro.serving.columns import columns_of


def write(folder, rows):
    with AnswerTables(folder, CLASSES) as tables:
        for row in rows:
            tables.add(row)


def read_csv(folder):
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_come_back_in_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(answer_tables, "GROUP", 2)
    rows = [make_row(f"{n}.png", p=n / 10, frame=n) for n in range(5)]

    write(tmp_path, rows)

    assert pq.read_table(tmp_path / "answers.parquet").to_pylist() == rows
    assert pq.ParquetFile(tmp_path / "answers.parquet").num_row_groups == 3
    assert [row["file"] for row in read_csv(tmp_path)] == [row["file"] for row in rows]


def test_what_is_not_there_is_null_and_has_a_type_all_the_same(tmp_path):
    write(tmp_path, [make_unreadable()])

    schema = pq.read_schema(tmp_path / "answers.parquet")
    table = pd.read_parquet(tmp_path / "answers.parquet")
    assert {str(schema.field(name).type) for name in ("frame", "p_glioma", "label")} == {
        "int64", "double", "string",
    }  # fmt: skip
    assert table.loc[0, ["frame", "label", "p_glioma", "out_of_distribution"]].isna().all()
    (row,) = read_csv(tmp_path)
    assert row["frame"] == row["label"] == row["p_glioma"] == ""


def test_without_rows_the_columns_are_there(tmp_path):
    write(tmp_path, [])

    assert tuple(pd.read_parquet(tmp_path / "answers.parquet").columns) == columns_of(CLASSES)
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_is_a_formula(tmp_path, name):
    write(tmp_path, [make_row(name)])

    assert read_csv(tmp_path)[0]["file"] == f"'{name}"
    assert pd.read_parquet(tmp_path / "answers.parquet")["file"].tolist() == [name]


@pytest.mark.parametrize("name", ['a,"b";=1+1.png', "a\nb.png", "ünï\\xff.png"])
def test_odd_names_stay_in_one_cell(tmp_path, name):
    write(tmp_path, [make_row(name)])

    (row,) = read_csv(tmp_path)
    assert row["file"] == name
    assert '"' + name.replace('"', '""') + '"' in (tmp_path / "answers.csv").read_text()


@pytest.mark.parametrize("value", [None, 0.5, -0.5, True, 3, "plain"])
def test_other_values_are_written_as_they_are(value):
    assert write_cell(value) is value
