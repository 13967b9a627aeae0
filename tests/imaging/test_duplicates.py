import pandas as pd

from brain_tumor_kedro.imaging.duplicates import (
    find_label_conflicts,
    reject_conflicts,
    reject_copies,
)
from builders import make_manifest, make_pairs, make_row


def status(manifest: pd.DataFrame) -> dict:
    rows = manifest.set_index("image_id")
    return {name: (row["reason"], row["copy_of"]) for name, row in rows.iterrows()}


def kept_ids(manifest: pd.DataFrame) -> list[str]:
    return manifest.loc[manifest["status"] == "kept", "image_id"].tolist()


def test_the_best_copy_is_kept():
    manifest = make_manifest(
        make_row("large", width=512, height=512),
        make_row("patient", patient_id="p"),
        make_row("sharp", bytes=9000),
    )
    pairs = make_pairs(
        ("large", "patient", "near_copy"),
        ("large", "sharp", "near_copy"),
        ("patient", "sharp", "near_copy"),
    )

    result = reject_copies(manifest, pairs)

    assert kept_ids(result) == ["patient"]
    assert status(result)["sharp"] == ("near_copy", "patient")


def test_of_equal_copies_the_one_in_the_middle_is_kept():
    manifest = make_manifest(
        make_row("sharpened", bytes=9000), make_row("original"), make_row("darker", bytes=5000)
    )
    pairs = make_pairs(
        ("sharpened", "original", "near_copy"),
        ("original", "darker", "near_copy"),
        ("sharpened", "darker", "near_copy"),
    ).assign(local_correlation=[0.95, 0.95, 0.91])

    assert kept_ids(reject_copies(manifest, pairs)) == ["original"]


def test_the_ends_of_a_chain_of_copies_are_both_kept_where_they_are_no_copies_of_each_other():
    manifest = make_manifest(
        make_row("a", width=300), make_row("b", width=100), make_row("c", width=200)
    )
    pairs = make_pairs(("a", "b", "near_copy"), ("b", "c", "near_copy"))

    result = reject_copies(manifest, pairs)

    assert kept_ids(result) == ["a", "c"]
    assert status(result)["b"] == ("near_copy", "a")


def test_an_exact_copy_of_a_rejected_copy_is_rejected_too():
    manifest = make_manifest(make_row("best", width=512), make_row("same1"), make_row("same2"))
    pairs = make_pairs(("best", "same1", "near_copy"), ("same1", "same2", "exact_copy"))

    result = reject_copies(manifest, pairs)

    assert kept_ids(result) == ["best"]
    assert status(result)["same2"] == ("near_copy", "best")


def test_pairs_of_images_that_are_not_in_the_manifest_are_passed_over():
    manifest = make_manifest(make_row("a"), make_row("b"), make_row("c"))
    pairs = make_pairs(("a", "x", "near_copy"), ("x", "b", "near_copy"), ("b", "c", "near_copy"))

    assert kept_ids(reject_copies(manifest, pairs)) == ["a", "b"]


def test_what_later_rounds_find_does_not_change_who_is_better():
    manifest = make_manifest(make_row("a"), make_row("b"), make_row("c"))
    pairs = make_pairs(
        ("a", "b", "near_copy"), ("b", "c", "near_copy"), ("a", "c", "near_copy")
    ).assign(local_correlation=[0.99, 0.99, 0.98])

    # In the first round alone, a and b are as good as each other; with the second b is better.
    first = reject_copies(manifest, pairs.assign(round=[1, 2, 2]))
    together = reject_copies(manifest, pairs.assign(round=1))

    assert kept_ids(first) == ["a"]
    assert kept_ids(together) == ["b"]


def test_relatives_are_kept():
    manifest = make_manifest(make_row("a"), make_row("b"))

    assert kept_ids(reject_copies(manifest, make_pairs(("a", "b", "relative")))) == ["a", "b"]


def test_experts_win_a_label_conflict():
    manifest = make_manifest(
        make_row("expert", source="figshare"),
        make_row("right"),
        make_row("wrong", label="meningioma"),
    )
    pairs = make_pairs(("expert", "right", "near_copy"), ("right", "wrong", "near_copy"))

    result = reject_conflicts(manifest, pairs, ["figshare"])

    assert set(find_label_conflicts(manifest, pairs)["image_id"]) == {"expert", "right", "wrong"}
    assert kept_ids(result) == ["expert", "right"]
    assert status(result)["wrong"][0] == "label_conflict"


def test_without_experts_or_where_they_disagree_all_copies_are_rejected():
    pairs = make_pairs(("a", "b", "near_copy"))
    laymen = make_manifest(make_row("a"), make_row("b", label="pituitary"))
    experts = laymen.assign(source="figshare")

    assert kept_ids(reject_conflicts(laymen, pairs, ["figshare"])) == []
    assert kept_ids(reject_conflicts(experts, pairs, ["figshare"])) == []


def test_a_rejected_conflict_does_not_keep_its_slice_in_by_another_name():
    manifest = make_manifest(make_row("a"), make_row("b", label="pituitary"), make_row("c"))
    pairs = make_pairs(("a", "b", "near_copy"), ("a", "c", "exact_copy"))

    result = reject_copies(reject_conflicts(manifest, pairs, []), pairs)

    assert kept_ids(result) == []


def test_without_pairs_nothing_is_rejected():
    manifest = make_manifest(make_row("a"), make_row("b"))
    pairs = make_pairs()

    result = reject_copies(reject_conflicts(manifest, pairs, ["figshare"]), pairs)

    pd.testing.assert_frame_equal(result, manifest)


def test_copies_that_come_last_do_not_change_which_of_the_others_is_kept():
    manifest = make_manifest(make_row("a"), make_row("b"), make_row("out", source="kaggle/out"))
    pairs = make_pairs(("a", "b", "near_copy"), ("b", "out", "near_copy"))

    assert status(reject_copies(manifest, pairs, ["kaggle/out"]))["b"] == ("near_copy", "a")


def test_among_some_images_the_best_is_the_same_as_among_all():
    """Otherwise the search compares images with one that is rejected in the end for another."""
    manifest = make_manifest(
        make_row("middle", source="out"),
        make_row("large", source="out", bytes=9000),
        *(make_row(name, source="out", bytes=1) for name in ("c", "d")),
    )
    pairs = make_pairs(
        ("middle", "large", "near_copy"), ("middle", "c", "near_copy"), ("middle", "d", "near_copy")
    ).assign(local_correlation=0.95, round=1)

    result = reject_copies(manifest, pairs, last=["out"], among=["middle", "large"])

    assert status(result)["large"] == ("near_copy", "middle")
    assert kept_ids(result) == ["c", "d", "middle"]
