import pandas as pd
import pytest

from brain_tumor_kedro.imaging.folds import assign_folds, split_by_folds
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


def make_patients(hgg: int = 30, lgg: int = 11) -> pd.DataFrame:
    """One to four slices of every patient, a few patients in test, one held out."""
    labels = ["HGG"] * hgg + ["LGG"] * lgg
    rows = [
        make_row(f"{patient:03d}#{z}", label, patient_id=f"p{patient}")
        for patient, label in enumerate(labels)
        for z in range(1 + patient % 4)
    ]
    manifest = make_manifest(*rows, make_row("999", reason="unreadable"))
    patient = manifest["image_id"].str[:3]
    places = {1: "val", 2: "test", 3: "test"}
    split = (patient.astype(int) % 6).map(places).fillna("train").astype("str")
    split = split.mask(patient == "000", "external").mask(patient == "999")
    return manifest.assign(group_id=patient.mask(patient == "999"), split=split.astype("str"))


@pytest.mark.parametrize("over", [("train", "val"), ("train", "val", "test")])
@pytest.mark.parametrize("folds", [2, 5])
def test_the_test_parts_of_all_folds_hold_every_group_once(over, folds):
    manifest = make_patients()
    inside = manifest["split"].isin(over)

    tested = []
    for fold in range(folds):
        result = check_manifest(split_by_folds(manifest, folds, fold, over=over))
        assert result.groupby("group_id")["split"].nunique().max() == 1
        assert result["split"].isin(["train", "val", "test"]).equals(inside)
        assert (result.loc[manifest["split"] == "external", "split"] == "external").all()
        tested += result.loc[result["split"] == "test", "group_id"].unique().tolist()

    assert sorted(tested) == sorted(manifest.loc[inside, "group_id"].unique())


def test_every_fold_has_its_share_of_every_class_in_patients():
    manifest = make_patients(281, 76)
    patients = manifest.drop_duplicates("group_id").dropna(subset="split")
    whole = patients[patients["split"].isin(["train", "val"])]["label"].value_counts()

    for fold in range(5):
        result = split_by_folds(manifest, 5, fold, val_fraction=0.2)
        table = pd.crosstab(
            result.drop_duplicates("group_id")["label"], result.drop_duplicates("group_id")["split"]
        )
        assert (table["test"] - whole / 5).abs().max() < 1
        assert (table["val"] - 0.2 * (whole - table["test"])).abs().max() < 1


def test_repeats_and_seeds_give_other_folds_and_the_same_ones_the_same():
    def tested(**chosen: int) -> set[str]:
        result = split_by_folds(make_patients(), 5, 0, **chosen)
        return set(result.loc[result["split"] == "test", "group_id"])

    assert tested() == tested(repeat=0, seed=0)
    assert len({frozenset(tested(repeat=n)) for n in range(4)}) == 4
    assert tested(seed=1) != tested(seed=2)


def test_another_number_of_slices_changes_no_fold():
    few = make_patients()
    more = pd.concat(
        [few, few[few["split"].notna()].assign(image_id=lambda t: t["image_id"] + "b")]
    )

    first, second = (split_by_folds(table, 3, 1) for table in (few, more.reset_index(drop=True)))

    splits = [table.groupby("group_id")["split"].first() for table in (first, second)]
    assert splits[0].equals(splits[1])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fold": 5}, "fold 5 of 5"),
        ({"folds": 1, "fold": 0}, "at least 2 folds"),
        ({"over": "train"}, "'train'"),
        ({"over": ("external",)}, "external"),
        ({"val_fraction": 0.0}, "val_fraction"),
        ({"folds": 9}, "at least 9 groups of every class for 9 folds, found HGG 19, LGG 7"),
    ],
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        split_by_folds(make_patients(), **{"folds": 5, "fold": 0} | wrong)


def test_groups_of_different_size_can_be_balanced_by_images():
    sizes = [40, 30, 20, *([1] * 60)]
    rows = [
        make_row(f"{group:02d}#{n:02d}", "HGG")
        for group, size in enumerate(sizes)
        for n in range(size)
    ]
    rows += [make_row(f"{group}#00", "LGG") for group in range(70, 80)]
    manifest = make_manifest(*rows)
    manifest = manifest.assign(group_id=manifest["image_id"].str[:2], split="train")

    def count_tested(**chosen) -> list[int]:
        results = [split_by_folds(manifest, 3, fold, **chosen) for fold in range(3)]
        return [int(((r["split"] == "test") & (r["label"] == "HGG")).sum()) for r in results]

    by_images, by_groups = count_tested(balance="images"), count_tested(balance="groups")
    manifest.attrs["split"] = {"balance": "images"}

    assert max(by_images) - min(by_images) <= 1 < max(by_groups) - min(by_groups)
    assert count_tested() == by_images
