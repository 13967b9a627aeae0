import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from brain_tumor_kedro.imaging.leakage import find_crossings
from brain_tumor_kedro.imaging.splitting import SplitSettings, split_images
from builders import make_manifest, make_pairs, make_row

NOTHING = pd.DataFrame()
CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")


def make_groups(sizes: list[int], seed: int = 0) -> pd.DataFrame:
    """A manifest with groups of the given sizes, the classes dealt out in turn."""
    rows = [
        make_row(f"{group:03d}-{number:02d}", CLASSES[group % 4])
        for group, size in enumerate(sizes)
        for number in range(size)
    ]
    manifest = make_manifest(*rows)
    return manifest.assign(group_id=manifest["image_id"].str[:3])


def fractions(manifest: pd.DataFrame) -> pd.DataFrame:
    return pd.crosstab(manifest["label"], manifest["split"], normalize="index")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=12, max_size=60), st.integers(0, 99))
def test_no_group_is_cut_and_every_image_lies_in_one_split(sizes, seed):
    manifest = make_groups(sizes)

    result = split_images(manifest, NOTHING, SplitSettings(seed=seed))

    assert find_crossings(result, make_pairs()).empty
    assert result["split"].notna().all()


def test_the_fractions_are_met_overall_and_in_every_class():
    sizes = np.random.default_rng(0).geometric(0.2, size=600).tolist()

    result = split_images(make_groups(sizes), NOTHING, SplitSettings())

    overall = result["split"].value_counts(normalize=True)
    assert overall["train"] == pytest.approx(0.817, abs=0.005)
    assert overall["val"] == pytest.approx(0.091, abs=0.005)
    assert overall["test"] == pytest.approx(0.092, abs=0.005)
    assert (fractions(result)[["val", "test"]] - 0.0915).abs().max(axis=None) < 0.02


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    manifest = make_groups([1] * 200)
    first, again, other = (
        split_images(manifest, NOTHING, SplitSettings(seed=seed))["split"] for seed in (1, 1, 2)
    )

    assert first.equals(again)
    assert not first.equals(other)


def test_by_image_groups_are_cut():
    result = split_images(make_groups([40] * 8), NOTHING, SplitSettings(strategy="image"))

    assert (result.groupby("group_id")["split"].nunique() == 3).all()


def test_earlier_images_stay_and_draw_their_groups_along():
    before = split_images(make_groups([2] * 80), NOTHING, SplitSettings(seed=1))
    more = make_groups([3] * 90)

    after = split_images(more, before, SplitSettings(seed=2)).set_index("image_id")["split"]

    known = before.set_index("image_id")["split"]
    assert (after[known.index] == known).all()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 119), st.integers(0, 119)), max_size=30), st.integers(0, 9)
)
def test_an_image_of_test_never_moves_to_train_even_where_groups_are_joined(joins, seed):
    before = split_images(make_groups([1] * 120), NOTHING, SplitSettings(seed=seed))
    joined = make_groups([1] * 120)
    for a, b in joins:
        ids = joined["group_id"]
        joined["group_id"] = ids.where(ids != ids[a], ids[b])

    after = split_images(joined, before, SplitSettings(seed=seed + 1))

    assert (after["split"][before["split"] == "test"] == "test").all()
    assert not (after["split"][before["split"] == "val"] == "train").any()
    assert find_crossings(after, make_pairs()).empty


def remember(*manifests: pd.DataFrame) -> pd.DataFrame:
    """Earlier manifests as the catalog gives them, the newest first."""
    tables = [table.assign(version=place) for place, table in enumerate(reversed(manifests))]
    history = pd.concat(tables, ignore_index=True)
    history.attrs["versions"] = [table.attrs for table in reversed(manifests)]
    return history


def split_or_none(manifest: pd.DataFrame, history: list, how: SplitSettings):
    """One run: its manifest, or None where it stops because a class cannot lie in every split."""
    try:
        table = split_images(manifest, remember(*history) if history else NOTHING, how)
    except ValueError as error:
        assert "every class" in str(error)
        return None
    table.attrs["split"] = how.model_dump()
    return table


@settings(deadline=None, max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(
    runs=st.lists(st.sets(st.integers(0, 59), min_size=40), min_size=1, max_size=3),
    joins=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=6),
    strategies=st.lists(st.sampled_from(["group", "image"]), min_size=3, max_size=3),
    seed=st.integers(0, 9),
)
def test_through_any_history_nothing_judged_on_is_ever_trained_on(runs, joins, strategies, seed):
    whole = make_groups([1 + number % 3 for number in range(60)])
    judged, history = {}, []
    for number, (names, strategy) in enumerate(zip(runs, strategies, strict=False)):
        chosen = whole[whole["group_id"].astype(int).isin(names)].reset_index(drop=True)
        table = split_or_none(chosen, history, SplitSettings(strategy=strategy, seed=seed + number))
        history += [] if table is None else [table]
        if table is not None and strategy == "group":
            judged |= table[table["split"] != "train"].set_index("image_id")["split"].to_dict()
    for a, b in joins:
        ids = whole["group_id"]
        whole["group_id"] = ids.where(ids != ids[a], ids[b])

    after = split_or_none(whole, history, SplitSettings(seed=seed + 9))

    if after is not None:
        now = after.set_index("image_id")["split"]
        assert not (now[list(judged)] == "train").any()
        assert all(now[name] == "test" for name, split in judged.items() if split == "test")
        assert find_crossings(after, make_pairs()).empty
        assert (pd.crosstab(after["label"], after["split"]) > 0).all(axis=None)
        assert now.isin(["train", "val", "test"]).all()


def test_where_earlier_images_exceed_a_fraction_they_stay_and_it_is_said(caplog):
    before = split_images(make_groups([1] * 120), NOTHING, SplitSettings(seed=1))
    settings = SplitSettings(train=0.94, val=0.03, test=0.03)

    after = split_images(make_groups([1] * 132), before, settings).set_index("image_id")["split"]

    known = before.set_index("image_id")["split"]
    assert (after[known.index] == known).all()
    assert (after.drop(known.index) == "train").all()
    assert "94.0 / 3.0 / 3.0% was asked for" in caplog.text
    assert "120 of them stay in their split of an earlier run" in caplog.text


def test_new_images_fill_up_to_the_fractions():
    before = split_images(make_groups([1] * 120), NOTHING, SplitSettings(seed=1))
    settings = SplitSettings(train=0.6, val=0.2, test=0.2)

    after = split_images(make_groups([1] * 240), before, settings)

    assert after["split"].value_counts(normalize=True).to_dict() == pytest.approx(
        {"train": 0.6, "val": 0.2, "test": 0.2}, abs=0.01
    )


@pytest.mark.parametrize("strategy", ["published", "published_fold"])
def test_what_was_published_is_followed_whatever_came_before(strategy):
    manifest = make_groups([2] * 60)
    numbers = manifest["group_id"].astype(int)
    manifest["published_fold"] = (numbers // 4 % 5 + 1).astype("Int64")
    manifest["published_split"] = manifest["published_fold"].map({5: "test"}).fillna("train")
    before = split_images(manifest, NOTHING, SplitSettings())

    after = split_images(manifest, before, SplitSettings(strategy=strategy))

    assert ((after["split"] == "test") == (manifest["published_fold"] == 5)).all()
    assert set(after["split"]) == {"train", "val", "test"}


def test_held_out_sources_lie_in_no_split_and_weigh_in_no_fraction():
    manifest = make_groups([1] * 240)
    out = manifest["group_id"] >= "120"
    manifest["source"] = manifest["source"].mask(out, "kaggle/out")

    result = split_images(manifest, NOTHING, SplitSettings(), ["kaggle/out"])

    assert (result["split"][out] == "external").all()
    alone = split_images(manifest[~out], NOTHING, SplitSettings())
    assert result["split"][~out].tolist() == alone["split"].tolist()


def test_the_published_folds_for_test_and_val_must_differ():
    with pytest.raises(ValidationError, match="test_fold and val_fold to differ"):
        SplitSettings(test_fold=4)


def test_a_slice_of_test_stays_in_test_in_a_better_copy_and_under_another_name():
    before = split_images(make_groups([1] * 120), NOTHING, SplitSettings(seed=1))
    test = before.loc[before["split"] == "test", "image_id"].iloc[0]
    val = before.loc[before["split"] == "val", "image_id"].iloc[0]
    renamed = [
        make_row(f"new/{image_id}", label, pixel_hash=pixels)
        for image_id, label, pixels in before[["image_id", "label", "pixel_hash"]].to_numpy()
        if image_id not in {test, val}
    ]
    better = [make_row("better", CLASSES[0]), make_row(test, CLASSES[0], reason="near_copy")]
    moved = make_manifest(*renamed, *better, make_row(val, CLASSES[1]))
    group = moved["image_id"].where(moved["image_id"] != test, "better")

    after = split_images(moved.assign(group_id=group), before, SplitSettings(seed=2))

    split = after.set_index("image_id")["split"]
    assert split["better"] == "test"
    assert split[val] == "val"
    old = before.set_index("image_id")["split"].drop([test, val])
    assert (split["new/" + old.index].to_numpy() == old.to_numpy()).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=12, max_size=24), st.integers(0, 9))
def test_few_groups_still_give_every_class_to_every_split(sizes, seed):
    result = split_images(make_groups(sizes), NOTHING, SplitSettings(seed=seed))

    assert (pd.crosstab(result["label"], result["split"]) > 0).all(axis=None)
    assert result.groupby("label")["split"].nunique().eq(3).all()


def test_a_class_that_earlier_splits_hold_whole_cannot_be_split():
    manifest = make_groups([1] * 12)
    before = manifest.assign(split="train")

    with pytest.raises(ValueError, match="left for"):
        split_images(manifest, before, SplitSettings())


def test_a_slice_that_was_missing_for_a_run_is_remembered():
    first = split_images(make_groups([1] * 120), NOTHING, SplitSettings(seed=1))
    half = first[first["image_id"] < "060"]
    history = pd.concat([half.assign(version=0), first.assign(version=1)])

    after = split_images(make_groups([1] * 120), history, SplitSettings(seed=2))

    assert after["split"].equals(first["split"])


def test_a_split_by_image_between_two_by_groups_is_passed_over(caplog):
    manifest = make_groups([4] * 40)
    first = split_images(manifest, NOTHING, SplitSettings(seed=1))
    parted = split_images(manifest, NOTHING, SplitSettings(strategy="image"))
    history = pd.concat([parted.assign(version=0), first.assign(version=1)])

    after = split_images(manifest, history, SplitSettings(seed=2))

    assert after["split"].equals(first["split"])
    assert "1 of the earlier manifests" in caplog.text


def test_a_previous_split_by_image_is_no_basis(caplog):
    manifest = make_groups([10] * 40)
    before = split_images(manifest, NOTHING, SplitSettings(strategy="image"))

    after = split_images(manifest, before, SplitSettings())

    assert "were not split by groups" in caplog.text
    assert after["split"].equals(split_images(manifest, NOTHING, SplitSettings())["split"])


def test_a_class_with_two_groups_cannot_be_split():
    manifest = make_groups([3] * 10)

    with pytest.raises(ValueError, match=r"at least 3 groups of every class.*no_tumor 2"):
        split_images(manifest, NOTHING, SplitSettings())


def test_no_images_at_all_cannot_be_split():
    manifest = make_manifest(make_row("a", reason="blank")).assign(group_id=None)

    with pytest.raises(ValueError, match="no images at all"):
        split_images(manifest, NOTHING, SplitSettings())


def test_fractions_that_are_missed_are_said(caplog):
    split_images(make_groups([50] * 12), NOTHING, SplitSettings())

    assert "was asked for: 12 groups are dealt out whole, class by class." in caplog.text


def test_missed_fractions_are_laid_on_earlier_splits_only_where_there_are_some(caplog):
    settings = SplitSettings(balance="groups", train=0.64, val=0.16, test=0.2)
    manifest = make_groups([2] * 12)

    before = split_images(manifest, NOTHING, settings)
    first = caplog.text
    split_images(manifest, before, settings)

    assert first.endswith("was asked for: 12 patients are dealt out whole, class by class.\n")
    assert "class by class, and 12 of them stay in their split of an earlier run." in caplog.text


def test_fractions_must_sum_to_one():
    with pytest.raises(ValidationError, match="sum to 1"):
        SplitSettings(train=0.9)


def test_what_was_held_out_and_is_trained_on_now_is_counted(caplog):
    manifest = make_groups([1] * 40)

    after = split_images(manifest, manifest.assign(split="external"), SplitSettings())

    trained = int((after["split"] == "train").sum())
    assert f"{trained} images that were held out (external)" in caplog.text


def test_where_earlier_manifests_hold_the_groups_another_data_dir_is_named():
    manifest = make_groups([1] * 12)

    with pytest.raises(ValueError, match=r"hold 12 of the 12 groups.*another data_dir"):
        split_images(manifest, manifest.assign(split="train"), SplitSettings())


def test_held_out_folds_are_named_and_no_index_is_asked_for():
    manifest = make_groups([1] * 24)
    out = manifest["group_id"] >= "012"
    manifest["published_fold"] = pd.Series(5, manifest.index, "Int64").where(out)
    manifest["source"] = manifest["source"].mask(out, "figshare")

    with pytest.raises(ValueError, match="12 images with a fold are held out") as error:
        split_images(manifest, NOTHING, SplitSettings(strategy="published_fold"), ["figshare"])

    assert "cvind" not in str(error.value)


def test_patients_of_brats_2020_are_dealt_out_as_the_study_says():
    labels = ["HGG"] * 281 + ["LGG"] * 76
    rows = [
        make_row(f"{patient:03d}#{z}", label)
        for patient, label in enumerate(labels)
        for z in range(1 + patient % 7)
    ]
    manifest = make_manifest(*rows)
    manifest = manifest.assign(group_id=manifest["image_id"].str[:3])
    settings = SplitSettings(balance="groups", train=0.64, val=0.16, test=0.20)

    result = split_images(manifest, pd.DataFrame(), settings)

    patients = result.drop_duplicates("group_id")
    table = pd.crosstab(patients["split"], patients["label"])
    assert table.loc["train"].to_dict() == {"HGG": 180, "LGG": 49}
    assert table.loc["val"].to_dict() == {"HGG": 45, "LGG": 12}
    assert table.loc["test"].to_dict() == {"HGG": 56, "LGG": 15}
    assert result.groupby("group_id")["split"].nunique().max() == 1
