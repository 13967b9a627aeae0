import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment import out_of_fold
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.out_of_fold import deal_groups, predict_out_of_fold

CLASSES = ("LGG", "HGG", "other")


def make(labels: list[str], groups: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features in which classes lie apart, and the manifest."""
    ids = [f"brats/{number}" for number in range(len(labels))]
    truth = pd.Index(CLASSES).get_indexer(labels)
    values = 2 * np.tile(np.eye(3), 8)[truth]
    values = values + np.random.default_rng(0).normal(size=values.shape)
    manifest = pd.DataFrame({"image_id": ids, "label": labels, "group_id": groups})
    return tabulate_features(ids, values), manifest


def test_separate_classes_are_predicted_without_their_own_group() -> None:
    labels = ["LGG", "HGG", "other"] * 40
    features, manifest = make(labels, [f"g{number // 6}" for number in range(120)])
    table = predict_out_of_fold(features, manifest, CLASSES)
    assert list(table.columns) == ["image_id", "label", "predicted", "p_LGG", "p_HGG", "p_other"]
    assert table["image_id"].tolist() == manifest["image_id"].tolist()
    assert (table["predicted"] == table["label"]).mean() > 0.95
    assert table.filter(like="p_").sum(axis=1).to_numpy() == pytest.approx(1)
    pd.testing.assert_frame_equal(table, predict_out_of_fold(features, manifest, CLASSES))


def test_no_probe_sees_the_group_it_judges(monkeypatch) -> None:
    """One group's features are unlike all others; its labels are random."""
    groups = ["a"] * 30 + [f"g{number}" for number in range(60)]
    features, manifest = make(["LGG", "HGG", "other"] * 30, groups)
    seen = []
    fit = out_of_fold.fit_probe
    monkeypatch.setattr(out_of_fold, "fit_probe", lambda x, y: seen.append(x) or fit(x, y))
    predict_out_of_fold(features, manifest, CLASSES, folds=3)
    of_group = features.iloc[:30, 1:].to_numpy()
    holding = [sum((row == x).all(axis=1).any() for row in of_group) for x in seen]
    assert sorted(holding) == [0, 30, 30]


def test_a_class_of_one_image_and_few_groups_are_predicted_too() -> None:
    features, manifest = make(["LGG"] * 6 + ["HGG"] * 5 + ["other"], [*"aabbccddeeff"])
    table = predict_out_of_fold(features, manifest, CLASSES, folds=10)
    assert table.filter(like="p_").sum(axis=1).to_numpy() == pytest.approx(1)
    assert table["predicted"].iloc[-1] != "other"


def test_one_group_can_be_judged_by_nothing() -> None:
    features, manifest = make(["LGG", "HGG"], ["a", "a"])
    table = predict_out_of_fold(features, manifest, CLASSES)
    assert table.filter(like="p_").to_numpy() == pytest.approx(1 / 3)


def test_what_has_learned_one_class_knows_no_other() -> None:
    features, manifest = make(["LGG", "LGG", "HGG", "HGG"], ["a", "a", "b", "b"])
    table = predict_out_of_fold(features, manifest, CLASSES)
    assert table["predicted"].tolist() == ["HGG", "HGG", "LGG", "LGG"]


def test_another_seed_deals_otherwise() -> None:
    truth, groups = np.arange(60) % 3, np.arange(60).astype(str).astype(object)
    first, second = ([j.tolist() for _, j in deal_groups(truth, groups, 5, s)] for s in (0, 1))
    assert first != second
    assert sorted(place for part in first for place in part) == list(range(60))
