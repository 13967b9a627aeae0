import pandas as pd
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from brain_tumor_kedro.studies.scores import METRICS, score_splits

GRADES, TYPES = ("LGG", "HGG"), ("a", "b", "c")


def table(split, truth, predicted, classes):
    rows = pd.DataFrame({"split": split, "label": list(truth), "predicted": list(predicted)})
    for label in classes:
        rows[f"p_{label}"] = (rows["predicted"] == label) * 0.8 + 0.1
    return rows


def grades(truth, predicted, split="test"):
    names = {"L": "LGG", "H": "HGG"}
    return table(split, [names[t] for t in truth], [names[p] for p in predicted], GRADES)


def test_two_classes_are_scored_for_the_positive_one():
    (row,) = score_splits(grades("HHHHLL", "HHHLLH"), GRADES, ("HGG",), "soft")

    assert (row["strategy"], row["split"], row["n"], row["positive"]) == ("soft", "test", 6, 4)
    assert row["accuracy"] == pytest.approx(4 / 6)
    assert row["precision"] == row["recall"] == row["f1"] == pytest.approx(3 / 4)
    assert row["specificity"] == pytest.approx(1 / 2)
    assert row["auroc"] == pytest.approx((3 + 1 * 0.5 + 3 * 0.5 + 0) / 8)
    assert row["baseline_accuracy"] == pytest.approx(4 / 6)
    assert row["baseline_f1"] == pytest.approx(2 * 4 / (2 * 4 + 2))


def test_more_classes_are_averaged_and_judged_by_the_most_frequent_one_of_training():
    train = table("train", "aab", "aab", TYPES)
    test = table("test", "abbcc", "abbca", TYPES)
    _, row = score_splits(pd.concat([train, test]), TYPES, ("a", "b"), "slice")

    truth, predicted = list("abbcc"), list("abbca")
    assert row["precision"] == pytest.approx(precision_score(truth, predicted, average="macro"))
    assert row["recall"] == pytest.approx(recall_score(truth, predicted, average="macro"))
    assert row["f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert row["specificity"] is None
    assert row["positive"] == 3
    assert row["baseline_accuracy"] == pytest.approx(1 / 5)
    assert row["baseline_f1"] == pytest.approx((2 / 6) / 3)


def test_a_split_with_one_side_leaves_undefined_what_is():
    (high,) = score_splits(grades("HHH", "HHL"), GRADES, ("HGG",), "slice")
    (low,) = score_splits(grades("LLL", "LLH"), GRADES, ("HGG",), "slice")

    assert high["auroc"] is None
    assert high["specificity"] is None
    assert high["recall"] == pytest.approx(2 / 3)
    assert low["recall"] is None
    assert low["f1"] is None
    assert low["specificity"] == pytest.approx(2 / 3)


def test_splits_without_rows_are_left_out_and_the_others_come_in_order():
    rows = pd.concat([grades("HL", "HL", "test"), grades("HL", "LH", "train")])

    scored = score_splits(rows, GRADES, ("HGG",), "slice")

    assert [row["split"] for row in scored] == ["train", "test"]
    assert all(scored[1][metric] == 1 for metric in METRICS)


def test_constant_answers_score_as_the_baseline():
    (row,) = score_splits(grades("HHL", "HHH"), GRADES, ("HGG",), "slice")

    assert row["f1"] == row["baseline_f1"]
    assert row["accuracy"] == row["baseline_accuracy"]


def test_who_never_says_the_positive_class_has_no_precision():
    (row,) = score_splits(grades("HHL", "LLL"), GRADES, ("HGG",), "soft")

    assert row["precision"] is None
    assert row["recall"] == row["f1"] == 0
