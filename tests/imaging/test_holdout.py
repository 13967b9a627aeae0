import pandas as pd
import pytest

from brain_tumor_kedro.imaging.duplicates import reject_copies
from brain_tumor_kedro.imaging.grouping import group_images
from brain_tumor_kedro.imaging.holdout import (
    count_external,
    curate_with,
    reject_beside_folds,
    reject_overlap,
    require_known_sources,
)
from brain_tumor_kedro.imaging.manifest import check_manifest
from builders import make_manifest, make_pairs, make_row

OUT = "kaggle/out"


def outer(name: str, **fields) -> dict:
    return make_row(name, source=OUT, **fields)


def test_sources_that_are_known_may_be_held_out():
    require_known_sources(["figshare", OUT], [OUT])
    require_known_sources(["figshare", OUT], [])


@pytest.mark.parametrize("held_out", [["kaggle/typo"], "figshare", [OUT, "typo"], None])
def test_an_unknown_source_is_refused_and_the_known_ones_are_named(held_out):
    with pytest.raises(ValueError, match=r"\['figshare', 'kaggle/out'\]"):
        require_known_sources([OUT, "figshare", OUT], held_out)


def test_not_all_sources_can_be_held_out():
    with pytest.raises(ValueError, match="found all held out"):
        require_known_sources([OUT], [OUT])


def test_of_copies_the_one_of_an_inner_source_is_kept_even_where_it_is_worse():
    manifest = make_manifest(
        make_row("inner", width=64, height=64), outer("outer", patient_id="p", width=512)
    )
    pairs = make_pairs(("inner", "outer", "near_copy"))

    plain, held = (
        reject_copies(manifest, pairs, last).set_index("image_id")["copy_of"]
        for last in ([], [OUT])
    )

    assert plain["inner"] == "outer"
    assert held["outer"] == "inner"


def test_relatives_of_inner_images_are_rejected_and_the_nearest_is_named():
    manifest = make_manifest(
        make_row("a"), make_row("b"), outer("direct"), outer("second"), outer("free")
    )
    pairs = make_pairs(
        ("a", "direct", "relative"), ("b", "direct", "relative"), ("direct", "second", "relative")
    )
    pairs["local_correlation"] = [0.8, 0.9, 0.8]

    result = reject_overlap(group_images(manifest, pairs), pairs, [OUT]).set_index("image_id")

    assert result["reason"].dropna().to_dict() == {"direct": "overlap", "second": "overlap"}
    assert result.loc["direct", "detail"] == "related to b"
    assert result.loc["second", "detail"] == "in one group with a"
    assert result["status"].to_dict()["free"] == "kept"
    check_manifest(result.reset_index())


def test_an_inner_image_that_is_not_kept_rejects_nothing():
    manifest = make_manifest(make_row("a", reason="label_conflict"), outer("b"), make_row("c"))
    pairs = make_pairs(("a", "b", "relative"))

    result = reject_overlap(group_images(manifest, pairs), pairs, [OUT])

    assert "overlap" not in set(result["reason"].dropna())


def test_no_held_out_source_changes_nothing():
    manifest = group_images(make_manifest(make_row("a"), outer("b")), make_pairs())

    pd.testing.assert_frame_equal(reject_overlap(manifest, make_pairs(), []), manifest)


def test_what_is_found_kept_and_overlapping_is_counted():
    manifest = make_manifest(
        make_row("a"),
        outer("copy of a", reason="near_copy", copy_of="a"),
        outer("relative of a", reason="overlap"),
        outer("copy of relative", reason="exact_copy", copy_of="relative of a"),
        outer("free"),
        outer("copy of free", reason="near_copy", copy_of="free"),
        outer("broken", reason="unreadable"),
    )

    assert count_external(manifest, [OUT]) == {OUT: {"found": 6, "kept": 1, "overlapping": 3}}
    assert count_external(manifest, []) == {}


def test_images_without_a_fold_leave_where_they_are_related_to_a_fold_to_judge_by():
    manifest = make_manifest(
        make_row("test", published_fold=5),
        make_row("train", published_fold=1),
        make_row("by test"),
        make_row("by train"),
        make_row("free"),
    )
    pairs = make_pairs(("test", "by test", "relative"), ("train", "by train", "relative"))

    result = reject_beside_folds(group_images(manifest, pairs), pairs, (5, 4), [])

    rejected = result.dropna(subset="reason").set_index("image_id")["detail"]
    assert rejected.to_dict() == {"by test": "related to test"}


def test_where_no_inner_image_is_kept_nothing_overlaps():
    manifest = make_manifest(make_row("a", "glioma"), make_row("b", "no_tumor"), outer("c"))
    pairs = make_pairs(("a", "b", "near_copy"))

    again = curate_with(manifest, pairs, [], [OUT]).set_index("image_id")["reason"]

    assert again.dropna().to_dict() == {"a": "label_conflict", "b": "label_conflict"}


def test_curating_anew_forgets_which_sources_were_held_out():
    manifest = make_manifest(make_row("a"), outer("b", patient_id="p"), outer("c"), outer("d"))
    pairs = make_pairs(("a", "b", "near_copy"), ("a", "c", "relative"))
    plain, held = (curate_with(manifest, pairs, [], out) for out in ([], [OUT]))

    kept = {name: set(table.loc[table["status"] == "kept", "image_id"]) for name, table in
            (("plain", plain), ("held", held))}  # fmt: skip

    assert kept == {"plain": {"b", "c", "d"}, "held": {"a", "d"}}
    for before, now, out in ((held, plain, []), (plain, held, [OUT])):
        pd.testing.assert_frame_equal(curate_with(before, pairs, [], out), now)
