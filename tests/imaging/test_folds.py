import pandas as pd

from brain_tumor_kedro.imaging.folds import assign_folds
from brain_tumor_kedro.imaging.manifest import check_manifest
from builders import make_manifest, make_row

CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")


def make_split(groups: int = 80) -> pd.DataFrame:
    """Groups of one to five slices, every tenth group in test, a few in val or held out."""
    rows = [
        make_row(f"{group:03d}-{number}", CLASSES[group % 4])
        for group in range(groups)
        for number in range(1 + group % 5)
    ]
    manifest = make_manifest(*rows)
    group = manifest["image_id"].str[:3]
    places = {1: "val", 2: "test", 3: "external"}
    split = (group.astype(int) // 4 % 10).map(places).fillna("train").astype("str")
    return manifest.assign(group_id=group, split=split)


def test_every_image_of_train_and_val_lies_in_one_fold_and_no_other_does():
    result = assign_folds(make_split(), 5, 0)

    inside = result["split"].isin(["train", "val"])
    assert result["fold"].notna().equals(inside)
    assert set(result["fold"].dropna()) == set(range(5))
    check_manifest(result)


def test_no_group_is_cut_and_classes_are_spread_evenly():
    result = assign_folds(make_split(400), 4, 3).dropna(subset="fold")

    assert (result.groupby("group_id")["fold"].nunique() == 1).all()
    table = pd.crosstab(result["label"], result["fold"], normalize="index")
    assert (table - 0.25).abs().max(axis=None) < 0.02


def test_the_same_data_and_seed_give_the_same_folds_and_another_seed_others():
    first, again, other = (assign_folds(make_split(), 5, seed)["fold"] for seed in (1, 1, 2))

    assert first.equals(again)
    assert not first.equals(other)


def test_with_too_few_groups_there_are_no_folds_and_it_is_said(caplog):
    result = assign_folds(make_split(24), 5, 0)

    assert result["fold"].isna().all()
    assert "expected at least 5 groups of every class" in caplog.text
    check_manifest(result)


def test_without_any_image_there_are_no_folds():
    empty = make_manifest(make_row("a", reason="blank")).assign(group_id=None, split=None)

    assert assign_folds(empty, 5, 0)["fold"].isna().all()
