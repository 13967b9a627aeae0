import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment import reproduction
from brain_tumor_kedro.assessment.reproduction import (
    compare_facts,
    compare_manifests,
    compare_predictions,
    compare_scores,
    is_same,
    say_reproduction,
)
from contenders import predict

KEYS = ("split", "metric")


def manifest(count=4, **changes) -> pd.DataFrame:
    names = [f"image{number}" for number in range(count)]
    columns = dict.fromkeys(reproduction.COLUMNS, "x")
    return pd.DataFrame({"image_id": names, **columns}).assign(**changes)


def test_equal_manifests_differ_in_nothing_whatever_their_order():
    shuffled = manifest().iloc[::-1]
    found = compare_manifests(manifest(), shuffled)

    assert (found["recorded"], found["rebuilt"], found["changed"]) == (4, 4, {})
    assert found["gone"]["count"] == found["new"]["count"] == 0


def test_images_that_are_gone_new_or_changed_are_counted_and_named():
    changed = manifest().iloc[1:].assign(split=["x", "test", None])
    more = pd.concat([changed, manifest(9).iloc[[8]]])

    found = compare_manifests(manifest(), more)

    assert found["gone"] == {"count": 1, "named": ["image0"]}
    assert found["new"] == {"count": 1, "named": ["image8"]}
    assert found["changed"] == {"another split": {"count": 2, "named": ["image2", "image3"]}}


def test_rows_are_compared_as_numbers_of_any_type():
    first = manifest(row=pd.array([0, 1, 2, 3], dtype="Int64"))
    assert compare_manifests(first, manifest(row=[0, 1, 2, 3]))["changed"] == {}
    assert "another row" in compare_manifests(first, manifest(row=[0, 1, 3, 2]))["changed"]


def test_predictions_of_the_same_images_are_compared():
    first, _ = predict(0)
    second, _ = predict(1)

    found = compare_predictions(first, second.iloc[::-1])

    assert found["images"] == 180
    assert found["other_class"] == 2
    assert found["largest_difference"] == pytest.approx(0.96)
    nothing = compare_predictions(first, second.iloc[:0])
    assert nothing == {"images": 0, "largest_difference": None, "other_class": 0}


def scores(*values, ends=0.1) -> pd.DataFrame:
    rows = [("test", f"m{n}", v, v - ends, v + ends) for n, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["split", "metric", "value", "low", "high"])


@pytest.mark.parametrize(
    ("rebuilt", "different", "missing"),
    [
        (scores(0.5, 0.6), 0, 0),
        (scores(0.5, 0.6 + 9e-7), 0, 0),
        (scores(0.5, 0.6 + 2e-6), 1, 0),
        (scores(0.5, 0.6, ends=0.2), 2, 0),
        (scores(0.5), 0, 1),
        (scores(0.5, 0.6).assign(low=np.nan), 2, 0),
    ],
)
def test_scores_are_the_same_to_the_tolerance(rebuilt, different, missing):
    found = compare_scores(scores(0.5, 0.6), rebuilt, KEYS)
    assert (found["different"], found["missing"]) == (different, missing)


def test_what_is_undefined_in_both_is_the_same():
    blank = scores(np.nan, 0.5)
    assert compare_scores(blank, blank, KEYS)["different"] == 0


def test_the_largest_differences_are_named_first():
    found = compare_scores(scores(0.1, 0.2, 0.3), scores(0.1, 0.25, 0.5), KEYS)
    assert [row["name"] for row in found["named"]] == ["test m2", "test m1"]
    assert found["named"][0] == {"name": "test m2", "recorded": 0.3, "rebuilt": 0.5}


def make_found(**changes) -> dict:
    found = {
        "name": "it", "version": "3", "expected_digest": "d", "found_digest": "d",
        "manifest": compare_manifests(manifest(), manifest()), "from_seed": True,
        "predictions": compare_predictions(*(predict()[0] for _ in range(2))),
        "scores": compare_scores(scores(0.5), scores(0.5), KEYS), "settings": [], "then": {},
    }  # fmt: skip
    return found | changes


def test_a_reproduction_is_told_in_sentences():
    found = make_found()
    assert is_same(found)
    assert say_reproduction(found) == [
        "it version 3 is reproduced.",
        "The data set is the same: 4 images, digest d.",
        "The split follows from the seed alone.",
        "Probabilities of 180 images differ by at most 0.0e+00, 0 get another class.",
        "All 1 scores and intervals are the same to 1e-06.",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {
                "found_digest": "e",
                "manifest": compare_manifests(manifest(), manifest(5, label="y").iloc[1:]),
            },
            "1 images are gone, such as image0. 1 images are new, such as image4. 3 images have "
            "another label, such as image1.",
        ),
        (
            {"scores": compare_scores(scores(0.5), scores(0.75), KEYS)},
            "Of 1 scores 1 differ, such as test m0: 0.5 recorded, 0.75 now.",
        ),
        ({"scores": compare_scores(scores(0.5, 1), scores(0.5), KEYS)}, "1 more are not in both"),
    ],
)
def test_what_differs_is_told(changes, said):
    found = make_found(**changes)
    assert not is_same(found)
    assert "it version 3 is not reproduced." in say_reproduction(found)
    assert said in " ".join(say_reproduction(found))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"from_seed": None}, "is kept from the recorded manifest"),
        ({"from_seed": False}, "The seed alone gives another split"),
        ({"settings": ["packing"]}, "Not recorded, taken from the present configuration: packing."),
        (
            {"then": compare_facts({"numpy": "1", "keras": "3"}, {"numpy": "2", "keras": "3"})},
            "Other than then: numpy 1 then, 2 now.",
        ),
    ],
)
def test_what_is_worth_knowing_is_told_of_a_reproduction_too(changes, said):
    found = make_found(**changes)
    assert is_same(found)
    assert said in " ".join(say_reproduction(found))
