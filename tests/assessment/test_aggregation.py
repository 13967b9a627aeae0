import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from brain_tumor_kedro.assessment.aggregation import STRATEGIES, Aggregation, aggregate
from patient_tables import CLASSES, POSITIVE, slices_of

probabilities = st.floats(0, 1, allow_subnormal=False)
bags = st.lists(st.lists(probabilities, min_size=1, max_size=12), min_size=1, max_size=5)


def aggregate_bags(bags, chosen=None):
    """The HGG probability of every patient, by strategy: shape (patients,)."""
    predictions, patient_of = slices_of({f"patient-{n:02d}": bag for n, bag in enumerate(bags)})
    table = aggregate(predictions, patient_of, CLASSES, POSITIVE, chosen)
    return {name: rows["p_HGG"].to_numpy() for name, rows in table.groupby("strategy")}


def predict(bag, strategy, chosen=None):
    predictions, patient_of = slices_of({"one": bag})
    table = aggregate(predictions, patient_of, CLASSES, POSITIVE, chosen)
    return table.set_index("strategy").loc[strategy]


@settings(max_examples=25)
@given(bags)
def test_attention_is_never_below_the_mean(bags):
    found = aggregate_bags(bags)
    assert (found["attention"] >= found["soft"] - 1e-12).all()


@settings(max_examples=25)
@given(bags)
def test_every_probability_lies_within_those_of_the_slices_but_the_vote(bags):
    for name, found in aggregate_bags(bags).items():
        low, high = np.array([(min(bag), max(bag)) for bag in bags]).T
        ends = (0, 1) if name == "majority" else (low - 1e-12, high + 1e-12)
        assert ((ends[0] <= found) & (found <= ends[1])).all(), name


@settings(max_examples=25)
@given(probabilities)
def test_one_slice_gives_its_own_probability(p):
    for name, found in aggregate_bags([[p]]).items():
        expected = float(p >= 0.5 - 1e-9) if name == "majority" else p
        assert found[0] == pytest.approx(expected, abs=1e-12), name


@settings(max_examples=25)
@given(probabilities, st.integers(1, 9))
def test_one_slice_is_labeled_as_it_would_be_alone(p, copies):
    predictions, patient_of = slices_of({"one": [p] * copies})
    table = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    assert set(table["predicted"]) == {"HGG" if p >= 0.5 - 1e-9 else "LGG"}


@settings(max_examples=25)
@given(probabilities, st.integers(1, 9))
def test_slices_that_agree_give_what_they_say(p, copies):
    for name, found in aggregate_bags([[p] * copies]).items():
        expected = float(p >= 0.5 - 1e-9) if name == "majority" else p
        assert found[0] == pytest.approx(expected, abs=1e-12), name


@settings(max_examples=25)
@given(bags, st.randoms(use_true_random=False))
def test_order_does_not_matter(bags, random):
    predictions, patient_of = slices_of({f"patient-{n}": bag for n, bag in enumerate(bags)})
    order = list(range(len(predictions)))
    random.shuffle(order)
    first = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    shuffled = aggregate(predictions.iloc[order], patient_of, CLASSES, POSITIVE)
    pd.testing.assert_frame_equal(first, shuffled, check_exact=True)


@settings(max_examples=25)
@given(bags)
def test_slices_that_come_twice_change_nothing(bags):
    once = aggregate_bags(bags, Aggregation(top_k=0.5))
    twice = aggregate_bags([bag + bag for bag in bags], Aggregation(top_k=0.5))
    for name in ("majority", "soft", "attention", "entropy"):
        np.testing.assert_allclose(twice[name], once[name], atol=1e-9)


@settings(max_examples=25)
@given(bags)
def test_more_of_the_largest_give_no_more(bags):
    found = [aggregate_bags(bags, Aggregation(top_k=k))["top_k"] for k in (1, 2, 5, 100)]
    assert (np.diff(found, axis=0) <= 1e-12).all()
    np.testing.assert_allclose(found[0], [max(bag) for bag in bags], atol=1e-12)
    np.testing.assert_allclose(found[-1], aggregate_bags(bags)["soft"], atol=1e-12)


def test_strategies_do_what_they_say():
    bag = [0.1, 0.6, 0.9]
    weights = np.exp(bag) / np.exp(bag).sum()
    certainty = 1 + np.array([p * np.log2(p) + (1 - p) * np.log2(1 - p) for p in bag])
    expected = {
        "majority": 2 / 3,
        "soft": 1.6 / 3,
        "attention": weights @ bag,
        "entropy": certainty @ bag / certainty.sum(),
        "top_k": 0.75,
    }
    found = aggregate_bags([bag], Aggregation(top_k=2))
    assert {name: p[0] for name, p in found.items()} == pytest.approx(expected)


def test_a_tie_goes_to_the_positive_class():
    row = predict([0.1, 0.2, 0.8, 0.5], "majority")
    assert (row["predicted"], row["p_HGG"], row["slices"]) == ("HGG", 0.5, 4)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("bag", [[0.5] * 7, [0.3, 0.7], [0.1, 0.3, 0.5, 0.7, 0.9]])
def test_a_probability_at_the_threshold_is_positive(strategy, bag):
    assert predict(bag, strategy, Aggregation(top_k=1.0))["predicted"] == "HGG"


def test_undecided_slices_weigh_nothing_beside_a_decided_one():
    assert predict([0.5, 0.5, 0.5, 1.0], "entropy")["p_HGG"] == 1
    assert predict([0.5, 0.5], "entropy")["p_HGG"] == 0.5


@pytest.mark.parametrize(
    ("top_k", "expected"), [(1, 0.8), (3, 0.7), (99, 0.5), (0.2, 0.8), (0.4, 0.75), (0.41, 0.7)]
)
def test_the_largest_are_counted_or_a_share(top_k, expected):
    row = predict([0.1, 0.3, 0.6, 0.7, 0.8], "top_k", Aggregation(top_k=top_k))
    assert row["p_HGG"] == pytest.approx(expected)


def test_a_share_takes_no_slice_more_by_rounding():
    bag = np.linspace(0, 1, 15)
    row = predict(bag, "top_k", Aggregation(top_k=0.2))
    assert row["p_HGG"] == pytest.approx(bag[-3:].mean())


@pytest.mark.parametrize("top_k", [0, -1, 0.0, 1.5, True, "all", None])
def test_a_count_that_is_none_is_refused(top_k):
    with pytest.raises(ValidationError):
        Aggregation(top_k=top_k)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError, match="extra"):
        Aggregation(topk=3)


def test_the_table_has_a_row_for_each_patient_and_strategy():
    labels, splits = {"b": "LGG", "a": "HGG"}, {"b": "train", "a": "test"}
    predictions, patient_of = slices_of({"a": [0.9, 0.8], "b": [0.2]}, labels, splits)
    table = aggregate(predictions, patient_of, CLASSES, POSITIVE)
    assert list(table["strategy"]) == [name for name in STRATEGIES for _ in range(2)]
    first = table.head(2)
    assert list(first["patient_id"]) == ["b", "a"]
    assert list(first["split"]) == ["train", "test"]
    assert list(first["label"]) == list(first["predicted"]) == ["LGG", "HGG"]
    assert list(first["slices"]) == [1, 2]
    np.testing.assert_allclose(table["p_LGG"] + table["p_HGG"], 1)


def test_the_positive_class_may_come_first():
    predictions, patient_of = slices_of({"a": [0.9, 0.8], "b": [0.2]})
    first = aggregate(predictions, patient_of, CLASSES[::-1], POSITIVE)
    pd.testing.assert_frame_equal(
        first[["p_LGG", "p_HGG", "predicted"]],
        aggregate(predictions, patient_of, CLASSES, POSITIVE)[["p_LGG", "p_HGG", "predicted"]],
    )


def test_a_hundred_thousand_slices_take_no_time():
    random = np.random.default_rng(0)
    p = random.random(100_000)
    ids = pd.Series([f"case#{n}" for n in range(len(p))])
    predictions = pd.DataFrame(
        {"image_id": ids, "split": "test", "label": "HGG", "p_LGG": 1 - p, "p_HGG": p}
    )
    patient_of = pd.Series([f"patient {n % 2000}" for n in range(len(p))], index=ids)
    start = time.perf_counter()
    aggregate(predictions, patient_of, CLASSES, POSITIVE)
    assert time.perf_counter() - start < 3
