import pandas as pd
import pytest

from brain_tumor_kedro.assessment.explanation_sample import COLUMNS, choose_explained


@pytest.fixture
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sixty test images: 40 of a, 20 of b; every tenth is predicted wrong; groups of four."""
    rows = [
        {
            "image_id": f"{number:03}",
            "split": "train" if number >= 60 else "test",
            "label": "a" if number % 3 else "b",
            "wrong": number % 10 == 0,
        }
        for number in range(90)
    ]
    table = pd.DataFrame(rows)
    swapped = table["label"].map({"a": "b", "b": "a"})
    predictions = table.assign(predicted=table["label"].where(~table["wrong"], swapped))
    predictions = predictions.assign(p_a=(predictions["predicted"] == "a") * 0.6 + 0.2)
    predictions = predictions.assign(p_b=1 - predictions["p_a"]).drop(columns="wrong")
    manifest = table[["image_id"]].assign(
        source="figshare",
        group_id=[f"g{number // 4}" for number in range(90)],
        row=pd.array(range(90), dtype="Int64"),
        pixel_hash="x",
    )
    return predictions, manifest


def test_wrong_predictions_come_first_and_classes_take_turns(tables):
    chosen = choose_explained(*tables, images=26, most_wrong=10, seed=0)

    assert list(chosen.columns) == list(COLUMNS)
    assert (~chosen["right"]).tolist() == [True] * 6 + [False] * 20
    assert chosen[chosen["right"]]["label"].value_counts().to_dict() == {"a": 10, "b": 10}
    assert chosen["image_id"].is_unique
    assert chosen["probability"].tolist() == pytest.approx([0.8] * 26)
    assert (chosen["image_id"] < "060").all()


def test_an_image_of_another_group_goes_first(tables):
    chosen = choose_explained(*tables, images=12, most_wrong=0, seed=0)

    assert chosen["right"].all()
    for _, images in chosen.groupby("label"):
        assert images["group_id"].is_unique


def test_the_sample_is_that_of_the_seed_whatever_the_order(tables):
    predictions, manifest = tables
    first = choose_explained(predictions, manifest, 20, 3, seed=0)
    shuffled = choose_explained(predictions.sample(frac=1), manifest.sample(frac=1), 20, 3, seed=0)
    other = choose_explained(predictions, manifest, 20, 3, seed=1)

    pd.testing.assert_frame_equal(first, shuffled)
    assert set(first["image_id"]) != set(other["image_id"])
    assert (~first["right"]).sum() == 3


def test_a_split_without_images_gives_no_rows(tables):
    predictions, manifest = tables
    chosen = choose_explained(predictions.assign(split="train"), manifest, 20, 3, seed=0)

    assert chosen.empty
    assert list(chosen.columns) == list(COLUMNS)


def test_predictions_of_another_manifest_are_refused(tables):
    predictions, manifest = tables
    with pytest.raises(ValueError, match="found one of 000"):
        choose_explained(predictions, manifest.iloc[1:], 20, 3, seed=0)
