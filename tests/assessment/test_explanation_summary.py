import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.explanation_summary import (
    summarize_forgetting,
    summarize_scores,
)

CLASSES = ("LGG", "HGG")


def make_scores(hits: dict[str, float], groups: int = 12, label: str = "HGG") -> pd.DataFrame:
    """Two images of each group; each method hits in a share of the images."""
    n, rows = 2 * groups, []
    for method, share in hits.items():
        hit = (np.arange(n) < share * n).astype(float)
        table = pd.DataFrame({"hit": hit, "energy": hit / 2, "iou": hit / 4, "method": method})
        rows.append(table.assign(image_id=[f"i{number}" for number in range(n)]))
    table = pd.concat(rows, ignore_index=True)
    number = table["image_id"].str[1:].astype(int)
    return table.assign(group_id=number // 2, label=label, right=number % 4 > 0)


HITS = {"gradcam": 0.75, "occlusion": 0.5, "center": 0.25, "random": 0.0}


def test_means_and_gains_are_those_of_the_images():
    rows = summarize_scores(make_scores(HITS), CLASSES, 500, 0)

    overall = {row["method"]: row for row in rows if row["kind"] == "all"}
    assert {method: row["hit"] for method, row in overall.items()} == HITS
    assert overall["gradcam"]["hit_gain"] == 0.5
    assert overall["gradcam"]["energy"] == pytest.approx(0.375)
    assert overall["center"]["hit_gain_low"] == overall["center"]["hit_gain_high"] == 0
    assert overall["gradcam"]["hit_low"] < 0.75 < overall["gradcam"]["hit_high"]
    assert {row["n"] for row in overall.values()} == {24}
    assert {(row["kind"], row["part"]) for row in rows} == {
        ("all", "all"),
        ("class", "HGG"),
        ("outcome", "right"),
        ("outcome", "wrong"),
    }


def test_intervals_are_over_groups():
    # Hits go by group: the deviation of a mean of 12, not of 24, and Student's t of as many.
    rows = summarize_scores(make_scores(HITS), CLASSES, 4000, 0)
    row = next(row for row in rows if row["method"] == "occlusion")

    width = row["hit_high"] - row["hit_low"]
    assert width == pytest.approx(2 * 2.2 * np.sqrt(0.25 / 11), rel=0.15)


def test_one_group_has_no_interval_and_unknown_groups_stand_alone():
    alone = summarize_scores(make_scores(HITS, groups=1), CLASSES, 200, 0)
    unknown = make_scores(HITS).assign(group_id=None)

    assert all(row["hit_low"] is None and row["groups"] == 1 for row in alone)
    assert summarize_scores(unknown, CLASSES, 200, 0)[0]["groups"] == 24


def test_without_scores_there_are_no_rows():
    assert summarize_scores(make_scores(HITS).iloc[:0], CLASSES, 200, 0) == []


def test_a_method_that_does_not_forget_fails():
    rng = np.random.default_rng(0)
    maps = {"gradcam": rng.random((5, 7, 7)), "occlusion": rng.random((5, 30, 30))}
    # As an edge detector does, one of them shows the image whatever the weights are.
    forgotten = {
        "gradcam": {0.0: maps["gradcam"][:3], 1.0: rng.random((3, 7, 7))},
        "occlusion": {1.0: maps["occlusion"][:2] * 9 + 1},
    }

    rows = summarize_forgetting(maps, forgotten)

    assert [(row["method"], row["share"], row["n"], row["passed"]) for row in rows] == [
        ("gradcam", 0.0, 3, None),
        ("gradcam", 1.0, 3, True),
        ("occlusion", 1.0, 2, False),
    ]
    assert [rows[0]["correlation"], rows[2]["correlation"]] == pytest.approx([1, 1])
