import pytest

from brain_tumor_kedro.imaging.leakage import (
    LeakageError,
    measure_published_leakage,
    measure_source_overlap,
    require_no_leakage,
)
from builders import make_manifest, make_pairs, make_row


def with_splits(*rows: tuple[dict, str]):
    manifest = make_manifest(*(row for row, _ in rows))
    splits = {row["image_id"]: split for row, split in rows}
    groups = {row["image_id"]: row.get("group_id", row["image_id"]) for row, _ in rows}
    ids = manifest["image_id"]
    return manifest.assign(split=ids.map(splits), group_id=ids.map(groups))


@pytest.mark.parametrize("relation", ["exact_copy", "near_copy", "relative"])
def test_a_pair_across_splits_stops_the_run_and_is_named(relation):
    manifest = with_splits((make_row("seen"), "train"), (make_row("unseen"), "test"))

    with pytest.raises(LeakageError, match=rf"seen \(train\) and unseen \(test\): {relation}"):
        require_no_leakage(manifest, make_pairs(("seen", "unseen", relation)), "group")


def test_a_patient_across_splits_stops_the_run():
    manifest = with_splits(
        (make_row("a", patient_id="p"), "train"), (make_row("b", patient_id="p"), "val")
    )

    with pytest.raises(LeakageError, match="patient"):
        require_no_leakage(manifest, make_pairs(), "group")


def test_a_group_across_splits_stops_the_run():
    manifest = with_splits((make_row("a"), "val"), (make_row("b"), "test"))

    with pytest.raises(LeakageError, match="group"):
        require_no_leakage(manifest.assign(group_id="a"), make_pairs(), "group")


def test_ties_within_a_split_and_to_rejected_images_pass():
    manifest = with_splits(
        (make_row("a", patient_id="p"), "train"),
        (make_row("b", patient_id="p"), "train"),
        (make_row("c"), "test"),
        (make_row("d", reason="near_copy"), None),
    )
    pairs = make_pairs(("a", "b", "relative"), ("a", "d", "near_copy"), ("c", "d", "relative"))

    assert require_no_leakage(manifest, pairs, "group").empty


def test_by_image_relatives_may_cross_and_are_counted_but_copies_may_not(caplog):
    manifest = with_splits((make_row("a"), "train"), (make_row("b"), "test"))

    crossings = require_no_leakage(manifest, make_pairs(("a", "b", "relative")), "image")

    assert crossings["relation"].tolist() == ["relative"]
    assert "as papers do" in caplog.text
    with pytest.raises(LeakageError, match="near_copy"):
        require_no_leakage(manifest, make_pairs(("a", "b", "near_copy")), "image")


@pytest.mark.parametrize("strategy", ["image", "published", "published_fold"])
def test_as_papers_split_nothing_may_tie_a_held_out_source_to_a_split(strategy):
    manifest = with_splits((make_row("a"), "train"), (make_row("b"), "external"))

    with pytest.raises(LeakageError, match=r"a \(train\) and b \(external\)"):
        require_no_leakage(manifest, make_pairs(("a", "b", "relative")), strategy)


def test_by_published_folds_relatives_and_patients_are_counted_but_copies_stop_the_run(caplog):
    manifest = with_splits(
        (make_row("a", patient_id="p"), "train"), (make_row("b", patient_id="p"), "test")
    )

    crossings = require_no_leakage(manifest, make_pairs(("a", "b", "relative")), "published_fold")

    assert sorted(crossings["relation"]) == ["patient", "relative"]
    assert "Split by published_fold" in caplog.text
    with pytest.raises(LeakageError, match="exact_copy"):
        require_no_leakage(manifest, make_pairs(("a", "b", "exact_copy")), "published_fold")


def test_published_test_images_with_a_copy_in_the_same_sets_training_are_counted():
    manifest = make_manifest(
        make_row("a/train", source="kaggle/a", published_split="train"),
        make_row("a/test", source="kaggle/a", published_split="test", reason="near_copy"),
        make_row("a/new", source="kaggle/a", published_split="test"),
        make_row("b/test", source="kaggle/b", published_split="test", reason="near_copy"),
        make_row("a/broken", source="kaggle/a", published_split="test", reason="unreadable"),
    )
    pairs = make_pairs(("a/train", "a/test", "near_copy"), ("a/train", "b/test", "near_copy"))

    assert measure_published_leakage(manifest, pairs) == {
        "kaggle/a": {"test": 2, "copied_from_train": 1}
    }


def test_slices_that_two_sources_share_are_counted_once():
    manifest = make_manifest(
        make_row("a1", source="a"),
        make_row("a2", source="a", reason="near_copy"),
        make_row("b1", source="b", reason="near_copy"),
        make_row("c1", source="c"),
    )
    pairs = make_pairs(("a1", "a2", "near_copy"), ("a2", "b1", "near_copy"))

    assert measure_source_overlap(manifest, pairs) == {"a//b": 1}


def test_a_chain_of_copies_across_splits_is_counted_by_image_and_stops_a_run_by_group():
    manifest = with_splits(
        (make_row("a"), "train"), (make_row("b", reason="near_copy"), None), (make_row("c"), "test")
    )
    pairs = make_pairs(("a", "b", "near_copy"), ("b", "c", "near_copy"))

    crossings = require_no_leakage(manifest, pairs, "image")

    assert crossings["relation"].tolist() == ["copy_set"]
    with pytest.raises(LeakageError, match="copy_set"):
        require_no_leakage(manifest, pairs, "group")
