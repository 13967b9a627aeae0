import pandas as pd

from brain_tumor_kedro.assessment.spread_sample import spread_sample


def table() -> pd.DataFrame:
    labels = ["a"] * 30 + ["b"] * 6 + ["c"] * 2
    return pd.DataFrame({"image_id": [f"i{n:02d}" for n in range(38)], "label": labels})


def test_strata_get_the_same_as_far_as_they_reach():
    chosen = spread_sample(table(), ["label"], 15, seed=0)
    assert chosen["label"].value_counts().to_dict() == {"a": 7, "b": 6, "c": 2}
    assert chosen.index.is_monotonic_increasing


def test_the_order_of_the_rows_does_not_matter_and_the_seed_does():
    shuffled = table().sample(frac=1, random_state=1)
    ids = [set(spread_sample(rows, ["label"], 15, seed)["image_id"])
           for rows, seed in ((table(), 0), (shuffled, 0), (table(), 1))]  # fmt: skip
    assert ids[0] == ids[1] != ids[2]


def test_a_larger_sample_holds_the_smaller():
    small, large = (set(spread_sample(table(), ["label"], n, 3)["image_id"]) for n in (9, 20))
    assert small < large


def test_few_rows_are_all_taken():
    assert len(spread_sample(table(), ["label"], 500, 0)) == 38
    assert spread_sample(table().iloc[:0], ["label"], 5, 0).empty
