import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.guard import Guard
from brain_tumor_kedro.assessment.guard_left_out import judge_left_out
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.assessment.guard_tables import fit_on_tables

SETTINGS = GuardSettings(draws=100, least_images=10)
WIDTH = 12


def make_rows(sources: tuple[str, ...] = ("here", "there", "far"), count: int = 300):
    """Draw images whose groups of three are far from one another, and whose source `far` is odd."""
    rng = np.random.default_rng(0)
    numbers = np.arange(count)
    rows = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in numbers],
            "label": [("a", "b")[number // 3 % 2] for number in numbers],
            "split": [("train", "val", "train", "test")[number // 3 % 4] for number in numbers],
            "source": [sources[number // 30 % len(sources)] for number in numbers],
            "group_id": [f"g{number // 3}" for number in numbers],
        }
    )
    values = rng.normal(size=(count // 3, WIDTH))[numbers // 3] + 0.1 * rng.normal(
        size=(count, WIDTH)
    )
    values[rows["source"] == "far"] += 30
    return rows, tabulate_features(rows["image_id"], values)


def fit(rows: pd.DataFrame, styles: pd.DataFrame) -> Guard:
    return fit_on_tables(rows, styles, styles, SETTINGS)


@pytest.fixture(scope="module")
def found() -> dict:
    rows, styles = make_rows()
    return judge_left_out(fit(rows, styles), styles, rows, SETTINGS)


def test_every_training_and_validation_image_is_judged_once_and_no_test_image(found):
    rows, _ = make_rows()
    groups = found["groups"]
    assert groups["n"] == (rows["split"] != "test").sum()
    assert groups["groups"] == rows.loc[rows["split"] != "test", "group_id"].nunique()
    assert len(groups["folds"]) == 10
    assert groups["flagged"]["low"] <= groups["flagged"]["value"] <= groups["flagged"]["high"]
    assert 0 < groups["flagged"]["value"] < 0.4


def test_a_source_that_is_unlike_the_others_is_flagged_when_it_was_left_out(found):
    shown = {row["shown"]: row["flagged"]["value"] for row in found["sources"] if row["shown"]}
    assert shown["far"] == 1
    assert shown["here"] < 0.5
    alone = {row["alone"]: row["flagged"]["value"] for row in found["sources"] if row["alone"]}
    assert set(alone) == {"here", "there", "far"}
    assert alone["far"] == 1
    assert 0.3 < alone["here"] < 0.9  # one of the two others is far


def test_of_two_sources_each_is_judged_once_and_of_one_none():
    rows, styles = make_rows(("here", "there"))
    sources = judge_left_out(fit(rows, styles), styles, rows, SETTINGS)["sources"]
    assert [(row["shown"], row["alone"]) for row in sources] == [("here", None), ("there", None)]
    rows["source"] = "here"
    assert judge_left_out(fit(rows, styles), styles, rows, SETTINGS)["sources"] == []


def test_relatives_of_fitted_images_are_not_judged():
    rows, styles = make_rows(("here", "there"))
    judged = judge_left_out(fit(rows, styles), styles, rows, SETTINGS)["sources"][0]["n"]
    train = rows[rows["split"] == "train"]
    here, there = (train[train["source"] == source].index[0] for source in ("here", "there"))
    rows.loc[there, "group_id"] = rows.loc[here, "group_id"]
    fewer = judge_left_out(fit(rows, styles), styles, rows, SETTINGS)["sources"][0]["n"]
    assert fewer == judged - 3


def test_too_few_images_or_groups_are_not_judged():
    rows, styles = make_rows(count=36)
    few = judge_left_out(fit(rows, styles), styles, rows, SETTINGS)
    assert few == {"groups": None, "sources": []}
    rows, styles = make_rows()
    one = judge_left_out(fit(rows, styles), styles, rows.assign(group_id="g"), SETTINGS)
    assert one == {"groups": None, "sources": []}


def test_styles_of_another_guard_are_refused():
    rows, styles = make_rows()
    guard = fit(rows, styles)
    moved = styles.assign(f0=styles["f0"] + 1)
    for other in (moved, styles.drop(columns="f0"), styles.iloc[5:]):
        with pytest.raises(ValueError, match="--pipelines registration"):
            judge_left_out(guard, other, rows, SETTINGS)
