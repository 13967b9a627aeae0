import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from brain_tumor_kedro.assessment.guard_judging import (
    CHANGED,
    COLUMNS,
    FOREIGN,
    GOOD,
    judge_scores,
    weigh_auroc,
)
from brain_tumor_kedro.assessment.guard_settings import GuardSettings

SETTINGS = GuardSettings(draws=100)
GUARD = {
    "threshold": 3.0,
    "level": 0.99,
    "val_images": 30,
    "phantom": False,
    "left_out": {"groups": None, "sources": []},
}


def rows(family: str, kind: str, scores: list[float], **more) -> pd.DataFrame:
    table = pd.DataFrame({"score": scores}).assign(
        family=family,
        kind=kind,
        image=[f"{kind}/{number}" for number in range(len(scores))],
        group=[f"{kind}/{number // 2}" for number in range(len(scores))],
        source="here" if family == GOOD else None,
        label="a" if family == GOOD else None,
        predicted="a",
        probability=0.9,
        quality="good",
    )
    return table.assign(flagged=table["score"] > 3, **more)[list(COLUMNS)]


def make_scores() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    parts = [
        rows(GOOD, "val", rng.uniform(0, 3, 30).tolist()),
        rows(GOOD, "test", [*rng.uniform(0, 3, 38), 3.5, 4.0]),
        rows(FOREIGN, "page", rng.uniform(5, 9, 10).tolist(), quality="text_only"),
        rows(FOREIGN, "photograph", [*rng.uniform(5, 9, 8), 1.0, 2.0]),
        rows(CHANGED, "mri_turned_90", rng.uniform(0, 4, 10).tolist()),
    ]
    table = pd.concat(parts, ignore_index=True)
    table.loc[table["image"].isin(["test/38", "test/0"]), "predicted"] = "b"
    return table


@pytest.fixture(scope="module")
def found() -> dict:
    return judge_scores(make_scores(), GUARD, SETTINGS)


def test_foreign_images_are_ranked_against_the_good_slices_of_each_split(found):
    table = make_scores()
    foreign = table.loc[table["family"] == FOREIGN, "score"]
    for split in ("val", "test"):
        good = table.loc[table["kind"] == split, "score"]
        truth = [1] * len(foreign) + [0] * len(good)
        expected = roc_auc_score(truth, pd.concat([foreign, good]))
        assert found["foreign_auroc"][split] == pytest.approx(expected)


def test_without_foreign_images_nothing_is_ranked():
    table = make_scores().query("family == 'good'").reset_index(drop=True)
    assert judge_scores(table, GUARD, SETTINGS)["foreign_auroc"] == {}


@pytest.mark.parametrize("ties", [False, True])
def test_weighed_areas_are_those_of_scikit_learn(ties):
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(1, 1, 40), rng.normal(0, 1, 60)
    if ties:
        positive, negative = positive.round(), negative.round()
    weights, others = rng.integers(0, 3, (40, 5)), rng.integers(0, 3, (60, 5))
    areas = weigh_auroc(positive, weights.astype(float), negative, others.astype(float))
    truth, scores = np.repeat([1, 0], [40, 60]), np.concatenate([positive, negative])
    for draw, area in enumerate(areas):
        sample = np.concatenate([weights[:, draw], others[:, draw]])
        assert area == pytest.approx(roc_auc_score(truth, scores, sample_weight=sample))


def test_a_side_without_weight_has_no_area():
    one = np.ones((1, 1))
    assert np.isnan(weigh_auroc(np.ones(1), 0 * one, np.ones(1), one)).all()


def test_shares_and_areas_are_those_of_the_table(found):
    assert found["against"] == "test"
    assert found["good"]["test"]["flagged"]["value"] == pytest.approx(2 / 40)
    assert found["kinds"]["page"]["flagged"]["value"] == 1
    assert found["kinds"]["page"]["auroc"]["value"] == 1
    assert found["kinds"]["photograph"]["flagged"]["value"] == pytest.approx(0.8)
    assert found["families"]["foreign"]["n"] == 20
    assert list(found["sources"]) == ["here"]
    assert found["sources"]["here"]["n"] == 40  # not those of val


def test_intervals_hold_the_values(found):
    flagged = found["families"]["foreign"]["flagged"]
    assert 0 < flagged["low"] < flagged["value"] < flagged["high"] <= 1
    assert found["kinds"]["page"]["flagged"]["low"] == pytest.approx(0.025 ** (1 / 5))


def test_what_quality_holds_back_counts_as_seen(found):
    assert found["kinds"]["page"]["seen"] == 1
    unflagged = make_scores().assign(flagged=False)
    again = judge_scores(unflagged, GUARD, SETTINGS)
    assert again["kinds"]["page"]["flagged"]["value"] == 0
    assert again["kinds"]["page"]["seen"] == 1


def test_flags_are_held_against_mistakes(found):
    mistakes = found["mistakes"]
    assert (mistakes["n"], mistakes["wrong"]) == (40, 2)
    assert (mistakes["flagged"], mistakes["wrong_flagged"]) == (2, 1)
    assert 0 <= mistakes["auroc"] <= 1


def test_without_a_threshold_there_are_areas_alone():
    scores = make_scores().assign(flagged=None)
    found = judge_scores(scores, {**GUARD, "threshold": None, "level": None}, SETTINGS)
    assert found["kinds"]["page"]["flagged"] is None
    assert found["kinds"]["page"]["auroc"]["value"] == 1
    assert [finding["level"] for finding in found["findings"]] == ["warn"]


def test_without_test_images_val_stands_for_them_and_without_any_nothing_does():
    scores = make_scores()
    found = judge_scores(scores[scores["kind"] != "test"], GUARD, SETTINGS)
    assert found["against"] == "val"
    assert found["sources"]["here"]["n"] == 30
    found = judge_scores(scores[scores["family"] != GOOD], GUARD, SETTINGS)
    assert found["against"] == ""
    assert found["kinds"]["page"]["auroc"] is None
    assert found["mistakes"]["n"] == 0


def test_images_that_could_not_be_read_are_counted():
    scores = make_scores().astype({"flagged": object})
    scores.loc[0, ["score", "flagged"]] = [None, None]
    assert judge_scores(scores, GUARD, SETTINGS)["unread"] == 1
