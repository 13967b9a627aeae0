import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from brain_tumor_kedro.assessment.metrics import (
    calibration_bins,
    class_aurocs,
    classification_report,
    macro_auroc,
    outcome_of,
    score_splits,
)

CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")
AB = ("a", "b")


def predictions_of(labels, probabilities, classes=CLASSES, split="test"):
    probabilities = np.asarray(probabilities, dtype=np.float64)
    table = pd.DataFrame(probabilities, columns=[f"p_{label}" for label in classes])
    table.insert(0, "image_id", [f"{split}/{number}" for number in range(len(table))])
    table.insert(1, "split", split)
    table.insert(2, "label", labels)
    table.insert(3, "predicted", [classes[index] for index in probabilities.argmax(axis=1)])
    return table


def random_predictions(n=200, split="test", seed=0, classes=CLASSES):
    random = np.random.default_rng(seed)
    labels = random.choice(classes, n)
    logits = random.normal(size=(n, len(classes)))
    logits[np.arange(n), [classes.index(label) for label in labels]] += 1
    odds = np.exp(logits)
    return predictions_of(labels, odds / odds.sum(axis=1, keepdims=True), classes, split)


def four_by_hand():
    return predictions_of(
        ["a", "a", "a", "b"], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]], AB
    )


def test_scores_of_four_predictions_counted_by_hand():
    scores = score_splits(four_by_hand(), AB)["test"]

    assert scores["n"] == 4
    assert scores["accuracy"] == pytest.approx(3 / 4)
    assert scores["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    of_a = {"precision": 1.0, "recall": 2 / 3, "f1": 0.8, "support": 3}
    of_a |= {"specificity": 1.0, "npv": 0.5, "auroc": 2 / 3, "average_precision": 11 / 12}
    of_b = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 1}
    of_b |= {"specificity": 2 / 3, "npv": 1.0, "auroc": 2 / 3, "average_precision": 1 / 2}
    assert scores["per_class"]["a"] == pytest.approx(of_a)
    assert scores["per_class"]["b"] == pytest.approx(of_b)
    assert scores["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert scores["auroc"] == pytest.approx(2 / 3)
    assert scores["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.3, 0.6]).mean())
    assert scores["confusion_matrix"] == [[2, 1], [0, 1]]


def test_further_scores_of_four_predictions_counted_by_hand():
    scores = score_splits(four_by_hand(), AB, positive=["a"])["test"]

    assert scores["weighted_f1"] == pytest.approx((3 * 0.8 + 2 / 3) / 4)
    # By chance (3 * 2 + 1 * 2) / 16 agree; the correlation is of (1, 1, 1, 0) and (1, 1, 0, 0).
    assert scores["kappa"] == pytest.approx((0.75 - 0.5) / (1 - 0.5))
    assert scores["mcc"] == pytest.approx(1 / math.sqrt(3))
    assert scores["average_precision"] == pytest.approx((11 / 12 + 1 / 2) / 2)
    assert scores["brier"] == pytest.approx(2 * np.mean(np.square([0.1, 0.2, 0.7, 0.4])))
    # Bins of one fifteenth: 0.9, 0.8, 0.7 and 0.6 lie in four of them.
    assert scores["ece"] == pytest.approx(np.mean([0.1, 0.2, 0.7, 0.4]))
    # One negative at 0.4: two positives are above it.
    assert scores["sensitivity_at_specificity"] == pytest.approx(2 / 3)


def test_a_bin_holds_its_upper_edge():
    table = predictions_of(["a", "a", "a"], [[0.6, 0.4], [0.6000001, 0.3999999], [1, 0]], AB)

    bins = calibration_bins(outcome_of(table, "test", AB)).argmax(axis=1)

    assert bins.tolist() == [8, 9, 14]


@pytest.mark.parametrize("positive", [[], AB])
def test_without_two_sides_there_is_no_sensitivity(positive):
    assert score_splits(four_by_hand(), AB, positive)["test"]["sensitivity_at_specificity"] is None


def test_the_sensitivity_is_told_at_the_highest_rate_of_false_alarms_allowed():
    random = np.random.default_rng(0)
    labels = ["a"] * 300 + ["b"] * 40
    score = np.append(random.uniform(0.3, 1, 300), random.uniform(0, 0.8, 40))
    table = predictions_of(labels, np.stack([score, 1 - score], axis=1), AB)

    # Two of forty negatives may be above the threshold.
    third = np.sort(score[300:])[-3]
    expected = (score[:300] > third).mean()
    scores = score_splits(table, AB, ["a"])["test"]
    assert scores["sensitivity_at_specificity"] == pytest.approx(expected)


def test_report_of_four_predictions_counted_by_hand():
    report = classification_report(four_by_hand(), "test", AB).set_index("label")

    assert report.index.tolist() == ["a", "b", "accuracy", "macro avg", "weighted avg"]
    assert report.loc["accuracy", "f1"] == pytest.approx(0.75)
    assert math.isnan(report.loc["accuracy", "precision"])
    assert report.loc["macro avg", "recall"] == pytest.approx(5 / 6)
    assert report.loc["weighted avg", "precision"] == pytest.approx((3 * 1.0 + 0.5) / 4)
    assert report["support"].tolist() == [3, 1, 4, 4, 4]


def test_scores_equal_scikit_learn_where_every_class_is_present():
    predictions = random_predictions()
    scores = score_splits(predictions, CLASSES)["test"]
    truth, predicted = predictions["label"].tolist(), predictions["predicted"].tolist()
    probabilities = predictions[[f"p_{label}" for label in CLASSES]].to_numpy()
    alphabetical = np.argsort(CLASSES)

    assert scores["balanced_accuracy"] == pytest.approx(
        sklearn_metrics.balanced_accuracy_score(truth, predicted)
    )
    assert scores["macro_f1"] == pytest.approx(
        sklearn_metrics.f1_score(truth, predicted, average="macro")
    )
    assert scores["auroc"] == pytest.approx(
        sklearn_metrics.roc_auc_score(truth, probabilities[:, alphabetical], multi_class="ovr")
    )
    assert scores["log_loss"] == pytest.approx(
        sklearn_metrics.log_loss(truth, probabilities[:, alphabetical])
    )
    assert scores["brier"] == pytest.approx(
        sum(
            sklearn_metrics.brier_score_loss(predictions["label"] == label, probabilities[:, index])
            for index, label in enumerate(CLASSES)
        )
    )


def test_report_equals_scikit_learn_where_every_class_is_present():
    predictions = random_predictions()
    report = classification_report(predictions, "test", CLASSES).set_index("label")
    expected = sklearn_metrics.classification_report(
        predictions["label"].tolist(), predictions["predicted"].tolist(), output_dict=True
    )

    for row in [*CLASSES, "macro avg", "weighted avg"]:
        assert report.loc[row].tolist() == pytest.approx(list(expected[row].values()))
    assert report.loc["accuracy", "f1"] == pytest.approx(expected["accuracy"])


def test_splits_come_in_order_and_absent_ones_are_left_out():
    table = pd.concat([random_predictions(split="test"), random_predictions(50, "train")])

    scores = score_splits(table, CLASSES)

    assert list(scores) == ["train", "test"]
    assert scores["train"]["n"] == 50
    assert scores["test"] == score_splits(random_predictions(split="test"), CLASSES)["test"]


def test_a_class_absent_from_a_split_takes_no_part_in_its_averages():
    table = predictions_of(
        ["glioma", "glioma", "meningioma"],
        [[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7], [0.2, 0.6, 0.1, 0.1]],
    )
    scores = score_splits(table, CLASSES)["test"]

    absent = scores["per_class"]["no_tumor"]
    assert (absent["precision"], absent["support"]) == (0.0, 0)
    assert (absent["recall"], absent["f1"], absent["auroc"]) == (None, None, None)
    assert absent["specificity"] == pytest.approx(2 / 3)
    assert scores["per_class"]["pituitary"]["precision"] is None
    assert scores["balanced_accuracy"] == pytest.approx(0.75)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)
    assert scores["auroc"] == pytest.approx((0.5 + 1) / 2)
    assert np.array(scores["confusion_matrix"]).sum() == 3
    report = classification_report(table, "test", CLASSES).set_index("label")
    assert report.loc["macro avg", "f1"] == pytest.approx(scores["macro_f1"])


def test_a_held_out_source_of_one_class_is_scored_and_what_is_undefined_is_none():
    test, external = random_predictions(), random_predictions(split="external", seed=1)
    external["label"] = "no_tumor"

    metrics = score_splits(pd.concat([external, test], ignore_index=True), CLASSES)

    assert list(metrics) == ["test", "external"]
    scores = metrics["external"]
    assert scores["auroc"] is None
    assert scores["per_class"]["glioma"]["recall"] is None
    assert scores["balanced_accuracy"] == scores["accuracy"]
    assert scores["kappa"] is None
    assert scores["mcc"] is None
    assert "NaN" not in json.dumps(metrics)


def test_the_auroc_of_a_split_with_one_class_is_undefined_and_not_nan():
    table = predictions_of(["a", "a"], [[0.9, 0.1], [0.2, 0.8]], AB)
    scores = score_splits(table, AB)["test"]

    assert scores["auroc"] is None
    assert scores["accuracy"] == 0.5
    assert class_aurocs(outcome_of(table, "test", AB), AB) == {"a": None, "b": None}
    assert macro_auroc({"a": None, "b": 0.5}) == 0.5


def test_a_certain_mistake_has_a_finite_loss():
    scores = score_splits(predictions_of(["a"], [[0.0, 1.0]], AB), AB)["test"]
    assert 30 < scores["log_loss"] < 40


def test_scores_are_json_and_hold_only_plain_numbers():
    scores = score_splits(random_predictions(), CLASSES)

    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert type(scores["test"]["n"]) is int
    assert type(scores["test"]["accuracy"]) is float
    assert type(scores["test"]["confusion_matrix"][0][0]) is int


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_probabilities_of_lower_precision_are_probabilities(precision):
    table = random_predictions()
    columns = [f"p_{label}" for label in CLASSES]
    exact = score_splits(table, CLASSES)["test"]
    table[columns] = table[columns].astype(precision)
    table["predicted"] = [CLASSES[index] for index in table[columns].to_numpy().argmax(axis=1)]

    assert score_splits(table, CLASSES)["test"]["log_loss"] == pytest.approx(
        exact["log_loss"], abs=1e-3
    )


def test_either_class_of_a_tie_may_be_the_prediction():
    table = predictions_of(["a"], [[0.5, 0.5]], AB).assign(predicted="b")
    assert score_splits(table, AB)["test"]["accuracy"] == 0.0


def test_categorical_labels_are_labels():
    table = four_by_hand()
    expected = score_splits(table, AB)
    assert score_splits(table.astype({"label": "category", "split": "category"}), AB) == expected


def broken(**columns):
    return four_by_hand().assign(**columns)


@pytest.mark.parametrize(
    ("predictions", "words"),
    [
        (four_by_hand().iloc[:0], "at least one prediction"),
        (four_by_hand().drop(columns="p_b"), r"\['p_b'\] are missing"),
        (broken(split="holdout"), "'holdout'"),
        (broken(split=None), "column 'split'"),
        (broken(label=["a", "a", "c", "b"]), r"column 'label'.*'c'"),
        (broken(predicted="c"), r"column 'predicted'.*'c'"),
        (broken(p_a=[0.9, np.nan, 0.3, 0.4]), "sum to one"),
        (broken(p_a=[0.9, np.inf, 0.3, 0.4]), "sum to one"),
        (broken(p_a=[0.9, 0.9, 0.3, 0.4]), r"received \[0.9, 0.2\] and 0 more"),
        (broken(p_a=[0.9, 1.2, 0.3, 0.4], p_b=[0.1, -0.2, 0.7, 0.6]), "sum to one"),
        (broken(predicted=["a", "b", "b", "b"]), "most probable"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_words(predictions, words):
    with pytest.raises(ValueError, match=words):
        score_splits(predictions, AB)


def test_a_report_of_a_split_without_predictions_is_refused():
    with pytest.raises(ValueError, match=r"'val', found only \['test'\]"):
        classification_report(four_by_hand(), "val", AB)
