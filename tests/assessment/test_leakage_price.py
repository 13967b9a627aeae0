import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.judging import judge_parts
from brain_tumor_kedro.assessment.leakage_price import FEWEST_GROUPS, tabulate_price

CLASSES = ("a", "b", "c")


def make_parts(test: list[tuple], training: int = 20, **fields) -> pd.DataFrame:
    """Training images of a and b, and test images given as label, predicted, group and tie."""
    rows = [
        {"label": CLASSES[n % 2], "part": "train", "group_id": f"t{n}"} for n in range(training)
    ]
    names = ("label", "predicted", "group_id", "tie")
    rows += [{"part": "test", **dict(zip(names, row, strict=True))} for row in test]
    table = pd.DataFrame(rows).assign(protocol="naive_merge", source=None, repeat=0)
    return table.assign(image_id=[f"image {n}" for n in range(len(table))], **fields)


def tabulate(parts: pd.DataFrame) -> dict:
    table = tabulate_price(parts, parts[parts["part"] == "test"], CLASSES)
    assert len(table) == 1
    return table.iloc[0].to_dict()


def test_accuracies_are_counted_by_tie():
    row = tabulate(
        make_parts(
            [("a", "a", f"g{n}", "copy") for n in range(3)]
            + [("b", "a", "g3", "copy"), ("b", "b", "g4", "relative"), ("a", "b", "g5", "none")]
        )
    )

    assert (row["n_train"], row["n_test"], row["groups"]) == (20, 6, 6)
    assert (row["tested"], row["lacking"]) == ("a,b", "c")
    assert row["majority"] == pytest.approx(4 / 6)
    assert row["accuracy"] == pytest.approx(4 / 6)
    assert (row["copy_n"], row["copy_accuracy"]) == (4, 0.75)
    assert (row["no_copy_n"], row["no_copy_accuracy"]) == (2, 0.5)
    assert (row["relative_n"], row["relative_accuracy"]) == (5, 0.8)
    assert (row["stranger_n"], row["stranger_accuracy"]) == (1, 0)
    assert row["copy_share"] == pytest.approx(4 / 6)
    assert row["relative_share"] == pytest.approx(5 / 6)
    # a: 3 right, 1 taken for b; b: 1 right, 1 taken for a. The class c is not tested.
    assert row["macro_f1"] == pytest.approx((6 / 8 + 2 / 4) / 2)


def test_below_some_groups_there_is_no_interval_and_without_images_no_score():
    row = tabulate(make_parts([("a", "a", f"g{n}", "none") for n in range(FEWEST_GROUPS - 1)]))

    assert row["accuracy"] == 1
    assert np.isnan([row["low"], row["high"], row["copy_accuracy"], row["copy_low"]]).all()
    assert row["copy_n"] == 0


def test_where_all_are_right_the_interval_is_not_a_point():
    row = tabulate(make_parts([("a", "a", f"g{n}", "none") for n in range(20)]))

    assert row["low"] == pytest.approx(0.025 ** (1 / 20))
    assert row["high"] == 1


def test_images_of_one_group_widen_the_interval():
    """Ten images a group that are right or wrong together are worth no more than one."""
    rng = np.random.default_rng(0)
    right = rng.random(40) < 0.7
    test = [("a", "a" if right[n // 10] else "b", n // 10, "none") for n in range(400)]
    single = make_parts([(*row[:2], f"g{n}", "none") for n, row in enumerate(test)])
    together = make_parts([(*row[:2], f"g{row[2]}", "none") for row in test])

    narrow, wide = (tabulate(parts) for parts in (single, together))

    assert narrow["accuracy"] == wide["accuracy"]
    ratio = (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"])
    assert ratio == pytest.approx(np.sqrt(10), rel=0.15)
    spread = np.sqrt(wide["accuracy"] * (1 - wide["accuracy"]) / 40)
    assert wide["high"] - wide["low"] == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_repeats_are_averaged_and_do_not_pass_for_more_groups():
    rng = np.random.default_rng(0)
    test = [("a", str(rng.choice(["a", "b"])), f"g{n}", "none") for n in range(100)]
    once = make_parts(test)
    thrice = pd.concat([once.assign(repeat=n) for n in range(3)], ignore_index=True)

    one, three = tabulate(once), tabulate(thrice)

    assert three["repeats"] == 3
    assert three.pop("repeats") != one.pop("repeats")
    assert three.pop("deviation") == 0
    assert np.isnan(one.pop("deviation"))
    assert three == pytest.approx(one, nan_ok=True)


def test_sources_are_scored_apart_and_the_same_seed_gives_the_same():
    parts = pd.concat(
        [
            make_parts([("a", found, f"g{n}", "none") for n in range(12)], source=source)
            for source, found in (("one", "a"), ("two", "b"))
        ]
    )
    judged = parts[parts["part"] == "test"]

    table = tabulate_price(parts, judged, CLASSES)

    assert table.set_index("source")["accuracy"].to_dict() == {"one": 1, "two": 0}
    pd.testing.assert_frame_equal(table, tabulate_price(parts, judged, CLASSES))


def test_nothing_planned_gives_an_empty_table():
    empty = make_parts([])[:0]

    judged = judge_parts(empty, lambda training, test: test["label"].to_numpy())

    assert tabulate_price(empty, judged, CLASSES).empty


def make_two(mixed: list[bool], apart: list[bool]) -> pd.DataFrame:
    """The same groups under two protocols, right or wrong."""
    tables = [
        make_parts([("a", "a" if right else "b", f"g{n}", "none") for n, right in enumerate(said)])
        .assign(protocol=name)
        for name, said in (("copies_removed", mixed), ("groups_apart", apart))
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def test_the_gain_of_a_mixed_split_is_drawn_with_the_groups_of_both():
    apart = [n % 2 == 0 for n in range(40)]
    better = [n % 4 != 1 for n in range(40)]
    parts = make_two(better, apart)
    table = tabulate_price(parts, parts[parts["part"] == "test"], CLASSES).set_index("protocol")
    mixed = table.loc["copies_removed"]
    assert mixed["gain"] == pytest.approx(0.25)
    assert 0 < mixed["gain_low"] < 0.25 < mixed["gain_high"]
    # Of independent draws the interval would be wider: the errors are of the same groups.
    assert mixed["gain_high"] - mixed["gain_low"] < mixed["high"] - mixed["low"] + 0.02
    assert table.loc["groups_apart", ["gain", "gain_low", "gain_high"]].isna().all()


def test_with_few_groups_a_gain_has_no_interval():
    parts = make_two([True] * 5, [True, False] * 2 + [True])
    table = tabulate_price(parts, parts[parts["part"] == "test"], CLASSES).set_index("protocol")
    assert table.loc["copies_removed", "gain"] == pytest.approx(0.4)
    assert np.isnan(table.loc["copies_removed", "gain_low"])
