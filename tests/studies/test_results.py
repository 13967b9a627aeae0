import io

import pandas as pd
import pytest

from brain_tumor_kedro.studies.results import (
    CELL_COLUMNS,
    find_best,
    tabulate_cells,
    tabulate_scores,
)
from fake_study import make_engine, make_settings, train


@pytest.fixture
def engine(tmp_path):
    def fail_one(cell, run):
        if dict(cell.point) == {"recipe": "large", "rate": 0.1}:
            raise RuntimeError("diverged")
        return train(cell, run)

    return make_engine(tmp_path, make_settings(seeds=[0, 1]), train=fail_one)


@pytest.fixture
def cells(engine):
    return engine.run()


def tables(engine, cells):
    files = engine.files
    return tabulate_cells(cells, files, "d"), tabulate_scores(
        cells, files, [], lambda cell: files.summary(cell.id)["scores"]
    )


def test_every_cell_is_a_row(engine, cells):
    table, _ = tables(engine, cells)

    assert list(table)[:5] == ["cell", "state", "error", "space.recipe", "space.rate"]
    assert set(CELL_COLUMNS) <= set(table)
    assert table["state"].value_counts().to_dict() == {"finished": 6, "failed": 2}
    failed = table[table["state"] == "failed"]
    assert set(failed["error"]) == {"RuntimeError: diverged"}
    assert set(failed["manifest_digest"]) == {"d"}
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype={"cell": str})
    assert read["cell"].tolist() == table["cell"].tolist()


def test_scores_have_a_row_for_every_finished_cell_and_split(engine, cells):
    _, scores = tables(engine, cells)

    assert len(scores) == 6 * 3
    assert scores["accuracy"].isna().all()  # nobody has found any
    assert scores.loc[0, "f1"] == pytest.approx(0.6)


def test_strategies_that_are_not_asked_for_are_left_out(engine, cells):
    def score(cell):
        row = {"split": "val", "n": 2, "positive": 1, "f1": 0.3}
        return [{"strategy": name, **row} for name in ("slice", "soft", "top_k")]

    scores = tabulate_scores(cells, engine.files, ["soft"], score)

    assert set(scores["strategy"]) == {"slice", "soft"}


def test_the_best_is_best_on_validation_over_all_seeds(engine, cells):
    table, scores = tables(engine, cells)
    # Test says the contrary, and takes no part.
    scores.loc[(scores["split"] == "test"), "f1"] = 1 - scores["f1"]

    best = find_best(engine.settings, table, scores)

    assert best["point"] == {"recipe": "large", "rate": 0.2}
    assert best["val"] == {"mean": pytest.approx(0.7), "sd": pytest.approx(0), "n": 2}
    assert best["test"]["mean"] == pytest.approx(0.4)
    assert len(best["cells"]) == 2
    assert (best["compared"], best["tied"]) == (3, 1)


def test_points_that_are_equally_good_on_validation_are_counted(engine, cells):
    table, scores = tables(engine, cells)
    scores.loc[scores["split"] == "val", "f1"] = 0.9

    best = find_best(engine.settings, table, scores)

    assert (best["compared"], best["tied"]) == (3, 3)
    assert best["point"] == {"recipe": "small", "rate": 0.1}


def test_points_on_another_split_take_no_part_in_the_choice(engine, cells):
    table, scores = tables(engine, cells)
    table["data"] = ["" if recipe == "small" else "image" for recipe in table["space.recipe"]]

    best = find_best(engine.settings, table, scores)

    assert best["point"] == {"recipe": "small", "rate": 0.2}
    assert (best["compared"], best["left_out"]) == (2, 2)


def test_without_a_finished_cell_nothing_is_best(tmp_path):
    def fail(cell, run):
        raise RuntimeError("no")

    engine = make_engine(tmp_path, train=fail)
    table, scores = tables(engine, engine.run())

    assert find_best(engine.settings, table, scores)["point"] is None
    assert scores.empty
