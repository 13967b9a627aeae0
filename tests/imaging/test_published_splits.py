import pandas as pd
import pytest

from brain_tumor_kedro.imaging.published_splits import (
    split_by_published_folders,
    split_by_published_folds,
)
from builders import make_manifest, make_row

CLASSES = ("glioma", "meningioma")
PARTS = {"train": 0.8, "val": 0.2}


def with_folds(**extra: dict) -> pd.DataFrame:
    rows = [
        make_row(f"{number:02d}", CLASSES[number % 2], published_fold=number % 5 + 1)
        for number in range(40)
    ]
    return make_manifest(*rows, *(make_row(name, **fields) for name, fields in extra.items()))


def with_folders(train: int = 40, test: int = 10, none: int = 10) -> pd.DataFrame:
    places = ["train"] * train + ["test"] * test + [None] * none
    rows = [
        make_row(f"{number:02d}", CLASSES[number % 2], published_split=place)
        for number, place in enumerate(places)
    ]
    manifest = make_manifest(*rows)
    return manifest.assign(group_id=manifest["image_id"])


def test_folds_are_followed_as_they_are():
    rows = with_folds(other={})

    split = split_by_published_folds(rows, test_fold=2, val_fold=3)

    expected = rows["published_fold"].map({2: "test", 3: "val"}).fillna("train")
    assert split.tolist() == expected.tolist()
    assert split[rows["image_id"] == "other"].tolist() == ["train"]


def test_without_published_folds_the_index_is_asked_for():
    with pytest.raises(ValueError, match=r"found \{\}. Put cvind\.mat"):
        split_by_published_folds(with_folds().assign(published_fold=pd.NA), 5, 4)


def test_a_class_that_no_fold_holds_is_named(caplog):
    split_by_published_folds(with_folds(other={"label": "no_tumor"}), 5, 4)

    assert "no no_tumor in test" in caplog.text


def test_a_class_without_a_training_image_is_refused():
    rows = with_folds(other={"label": "pituitary", "published_fold": 5})

    with pytest.raises(ValueError, match="without a training image: pituitary"):
        split_by_published_folds(rows, 5, 4)


def test_folders_are_followed_and_val_is_a_part_of_training():
    rows = with_folders()

    split = split_by_published_folders(rows, PARTS, seed=0)

    assert (split == "test").equals((rows["published_split"] == "test").fillna(False))
    table = pd.crosstab(rows["label"], split)
    assert table["val"].tolist() == [5, 5]
    assert table["train"].tolist() == [20, 20]


def test_val_is_taken_by_whole_groups():
    rows = with_folders(train=80)
    rows["group_id"] = rows["image_id"].str[0] + rows["label"]

    split = split_by_published_folders(rows, PARTS, seed=0)

    inside = split[split != "test"]
    assert (inside.groupby(rows["group_id"]).nunique() == 1).all()


@pytest.mark.parametrize("counts", [{"test": 0}, {"train": 0, "none": 0}])
def test_without_a_folder_of_each_kind_there_is_nothing_to_follow(counts):
    with pytest.raises(ValueError, match="folders named Testing"):
        split_by_published_folders(with_folders(**counts), PARTS, seed=0)
