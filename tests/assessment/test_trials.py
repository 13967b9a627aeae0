import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.trials import (
    UNCORRUPTED,
    UNMASKED,
    add_predictions,
    choose_examples,
    choose_images,
    plan_corruptions,
    plan_masking,
)

CLASSES = ("a", "b")


@pytest.fixture
def predictions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(20)],
            "split": ["test"] * 12 + ["train"] * 8,
            "label": ["a", "b", "b"] * 6 + ["a", "b"],
            "predicted": "b",
        }
    )


@pytest.fixture
def manifest(predictions) -> pd.DataFrame:
    table = predictions[["image_id"]].assign(source="s", group_id="g", row=range(100, 120))
    return table.sample(frac=1, random_state=0)


def test_images_of_the_split_are_chosen_even_over_classes(predictions, manifest):
    chosen = choose_images(predictions, manifest, "test", 8, 0)

    assert chosen["label"].value_counts().to_dict() == {"a": 4, "b": 4}
    assert chosen["row"].tolist() == [100 + int(name[1:]) for name in chosen["image_id"]]
    assert chosen["row"].max() < 112


def test_what_cannot_be_chosen_from_is_refused(predictions, manifest):
    with pytest.raises(ValueError, match="split 'val'"):
        choose_images(predictions, manifest, "val", 8, 0)
    with pytest.raises(ValueError, match="found one of i3"):
        choose_images(predictions, manifest[manifest["image_id"] != "i3"], "test", 8, 0)


def test_every_image_meets_every_condition_once(predictions, manifest):
    chosen = choose_images(predictions, manifest, "test", 5, 0)
    plan = plan_corruptions(chosen, ["blur", "noise"], [1, 2, 3])

    assert len(plan) == 30
    assert not plan.duplicated(["image_id", "corruption", "severity"]).any()
    assert plan_masking(chosen).groupby("masking")["image_id"].nunique().tolist() == [5, 5]


@pytest.mark.parametrize("kind", ["corrupted", "masked"])
def test_predictions_of_changed_images_follow_those_of_clean_ones(predictions, manifest, kind):
    chosen = choose_images(predictions, manifest, "test", 4, 0)
    masked = kind == "masked"
    plan = plan_masking(chosen) if masked else plan_corruptions(chosen, ["blur"], [1, 2])
    probabilities = np.tile([0.7, 0.3], (8, 1))

    table = add_predictions(
        plan, probabilities, chosen, CLASSES, UNMASKED if masked else UNCORRUPTED
    )

    assert table["predicted"].tolist() == ["b"] * 4 + ["a"] * 8
    assert table["p_a"].isna().tolist() == [True] * 4 + [False] * 8
    assert "row" not in table
    assert (table["masking"][:4] == "whole").all() if masked else (table["severity"][:4] == 0).all()


def test_right_images_are_shown_first(predictions, manifest):
    chosen = choose_images(predictions, manifest, "test", 12, 0)
    shown = choose_examples(chosen, ["source"], 3)
    assert (shown["label"] == "b").all()
    assert len(choose_examples(chosen, ["label"], 1)) == 2
