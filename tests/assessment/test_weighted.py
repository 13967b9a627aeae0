import itertools

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from brain_tumor_kedro.assessment.metrics import Outcome, score_outcome
from brain_tumor_kedro.assessment.weighted import prepare, weigh

CLASSES = ["a", "b", "c", "d"]
POSITIVE = ["a", "b", "c"]


def random_outcome(n=240, classes=4, digits=None, seed=0):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, n)
    logits = random.normal(size=(n, classes))
    logits[np.arange(n), truth] += 1.5
    odds = np.exp(logits)
    odds = odds if digits is None else np.round(odds / odds.sum(axis=1, keepdims=True), digits)
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    return Outcome(truth, probabilities.argmax(axis=1), probabilities)


def score_with_scikit_learn(outcome, weights):
    """Every score by scikit-learn's own `sample_weight`, and the two that it lacks by hand."""
    truth, predicted, probabilities = outcome
    about = {"sample_weight": weights}
    matrix = sklearn_metrics.confusion_matrix(truth, predicted, **about)
    scores = {
        "accuracy": sklearn_metrics.accuracy_score(truth, predicted, **about),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(truth, predicted, **about),
        "macro_f1": sklearn_metrics.f1_score(truth, predicted, average="macro", **about),
        "weighted_f1": sklearn_metrics.f1_score(truth, predicted, average="weighted", **about),
        "kappa": sklearn_metrics.cohen_kappa_score(truth, predicted, **about),
        "mcc": sklearn_metrics.matthews_corrcoef(truth, predicted, **about),
        "log_loss": sklearn_metrics.log_loss(truth, probabilities, **about),
        "ece": calibration_error(outcome, weights),
    }
    scores = {("all", name): value for name, value in scores.items()}
    areas, precisions, errors = [], [], []
    parts = sklearn_metrics.precision_recall_fscore_support(truth, predicted, **about)
    for index, label in enumerate(CLASSES):
        positive, score = truth == index, probabilities[:, index]
        areas.append(sklearn_metrics.roc_auc_score(positive, score, **about))
        precisions.append(sklearn_metrics.average_precision_score(positive, score, **about))
        errors.append(sklearn_metrics.brier_score_loss(positive, score, **about))
        others = sklearn_metrics.multilabel_confusion_matrix(truth, predicted, **about)[index]
        scores |= {
            (label, "precision"): parts[0][index],
            (label, "recall"): parts[1][index],
            (label, "f1"): parts[2][index],
            (label, "specificity"): others[0, 0] / others[0].sum(),
            (label, "npv"): others[0, 0] / others[:, 0].sum(),
            (label, "auroc"): areas[-1],
            (label, "average_precision"): precisions[-1],
        }
    scores["all", "auroc"] = np.mean(areas)
    scores["all", "average_precision"] = np.mean(precisions)
    scores["all", "brier"] = np.sum(errors)
    tumor = probabilities[:, :3].sum(axis=1)
    misses, hits, _ = sklearn_metrics.roc_curve(truth < 3, tumor, drop_intermediate=False, **about)
    scores["all", "sensitivity_at_specificity"] = hits[misses <= 0.05 + 1e-9].max()
    assert matrix.sum() == pytest.approx(weights.sum())
    return scores


def calibration_error(outcome, weights):
    confidence = outcome.probabilities.max(axis=1)
    edges = np.linspace(0, 1, 16)
    error = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (confidence > low) & (confidence <= high) & (weights > 0)
        if inside.any():
            right = (outcome.truth == outcome.predicted)[inside]
            about = {"weights": weights[inside]}
            gap = np.average(right, **about) - np.average(confidence[inside], **about)
            error += abs(gap) * weights[inside].sum() / weights.sum()
    return error


@pytest.mark.parametrize("digits", [None, 1], ids=["distinct scores", "tied scores"])
@pytest.mark.parametrize("kind", ["counts", "fractions"])
def test_weighted_scores_equal_scikit_learn_with_sample_weight(digits, kind):
    outcome = random_outcome(digits=digits)
    random = np.random.default_rng(1)
    shape = (len(outcome.truth), 3)
    weights = random.poisson(1, shape) if kind == "counts" else random.uniform(0.1, 3, shape)

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), weights.astype(float))

    for draw in range(3):
        expected = score_with_scikit_learn(outcome, weights[:, draw].astype(float))
        assert set(expected) == set(scores)
        for name, value in expected.items():
            assert scores[name][draw] == pytest.approx(value, abs=1e-10), name


def test_without_weights_they_are_the_scores_of_the_table():
    outcome = random_outcome()

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), np.ones((len(outcome.truth), 1)))

    table = score_outcome(outcome, CLASSES, POSITIVE)
    for (label, name), values in scores.items():
        expected = table[name] if label == "all" else table["per_class"][label][name]
        assert values[0] == pytest.approx(expected), (label, name)


def test_drawing_an_image_twice_is_weighing_it_twice():
    outcome = random_outcome(n=60)
    drawn = np.random.default_rng(2).integers(0, 60, 60)
    weights = np.bincount(drawn, minlength=60)[:, None].astype(float)
    again = Outcome(*(values[drawn] for values in outcome))

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), weights)

    ones = weigh(prepare(again, CLASSES, POSITIVE), np.ones((60, 1)))
    assert {k: v[0] for k, v in scores.items()} == pytest.approx({k: v[0] for k, v in ones.items()})


def test_what_a_draw_does_not_define_is_nan_and_the_rest_is_there():
    outcome = random_outcome()
    weights = np.ones((len(outcome.truth), 2))
    weights[outcome.truth == 1, 1] = 0

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), weights)

    for name in ("recall", "f1", "auroc", "average_precision"):
        assert np.isnan(scores["b", name]).tolist() == [False, True]
    for name in ("balanced_accuracy", "macro_f1", "auroc"):
        assert np.isnan(scores["all", name]).tolist() == [False, True]
    assert np.isfinite(scores["all", "accuracy"]).all()
    assert np.isfinite(scores["a", "recall"]).all()


def test_a_draw_of_one_class_knows_no_agreement_beyond_chance():
    outcome = random_outcome()
    weights = (outcome.truth == 0).astype(float)[:, None]

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), weights)

    undefined = {name for label, name in scores if label == "all" and np.isnan(scores["all", name])}
    averages = {"balanced_accuracy", "macro_f1", "auroc", "average_precision"}
    assert undefined == averages | {"kappa", "mcc", "sensitivity_at_specificity"}
    assert scores["a", "specificity"] != scores["a", "specificity"]


def test_who_always_says_the_same_agrees_as_chance_does():
    truth = np.array([0, 0, 1])
    outcome = Outcome(truth, np.zeros(3, int), np.tile([0.6, 0.4], (3, 1)))

    scores = weigh(prepare(outcome, ["a", "b"], ["a"]), np.ones((3, 1)))

    assert (scores["all", "kappa"], scores["all", "mcc"]) == (0, 0)
    assert scores["all", "auroc"] == 0.5
    assert np.isnan(scores["b", "precision"])


def test_a_ranking_of_positives_alone_has_no_average_precision():
    probabilities = np.full((3, 4), 0.25)
    outcome = Outcome(np.zeros(3, int), np.zeros(3, int), probabilities)

    scores = weigh(prepare(outcome, CLASSES, POSITIVE), np.ones((3, 1)))

    for label in ("a", "all"):
        for metric in ("auroc", "average_precision"):
            assert np.isnan(scores[label, metric]).all()
