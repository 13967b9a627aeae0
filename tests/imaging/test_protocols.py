import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.imaging.duplicates import number_copy_sets
from brain_tumor_kedro.imaging.holdout import curate_with
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.protocol_settings import LeakageSettings
from brain_tumor_kedro.imaging.protocols import (
    Protocols,
    plan_protocols,
    require_same_pairs,
)
from brain_tumor_kedro.imaging.splitting import SplitSettings
from builders import make_manifest, make_pairs, make_row

SPLIT = SplitSettings(train=0.6, val=0.2, test=0.2)
A, B = "kaggle/a", "kaggle/b"
LABELS = ("glioma", "no_tumor")


def plan(manifest: pd.DataFrame, pairs: pd.DataFrame, *protocols: str, **others) -> Protocols:
    chosen = {"protocols": protocols} if protocols else {}
    return plan_protocols(manifest, pairs, [], SPLIT, LeakageSettings(**chosen, **others))


def curate(rows: list[dict], *pairs: tuple[str, str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = make_pairs(*pairs)
    return curate_with(make_manifest(*rows), found, []), found


def draw_rows(number: int, source: str = A, labels: tuple[str, ...] = LABELS) -> list[dict]:
    return [
        make_row(f"{source}/{n:02}", labels[n % len(labels)], source=source) for n in range(number)
    ]


def ties_of(parts: pd.DataFrame) -> dict[str, str]:
    return parts[parts["part"] == "test"].set_index("image_id")["tie"].to_dict()


@pytest.fixture
def published() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Five test images of one source: copied, copied by a chain, related, contradicting, alone."""
    folders = {"train": ["t1", "t2", "t3", "t4"], "test": ["copy", "chain", "kin", "odd", "alone"]}
    labels = {"t2": "no_tumor", "t4": "no_tumor", "odd": "no_tumor"}
    rows = [
        make_row(name, labels.get(name, "glioma"), source=A, published_split=folder)
        for folder, names in folders.items()
        for name in names
    ]
    return curate(
        [*rows, make_row("between", source=B), make_row("other", "no_tumor", source=B)],
        ("t1", "copy", "exact_copy"),
        ("t3", "between", "near_copy"),
        ("between", "chain", "near_copy"),
        ("t2", "kin", "relative"),
        ("t1", "odd", "near_copy"),
    )


def test_published_folders_are_taken_as_they_are_and_ties_are_named(published):
    parts, notes = plan(*published, "published_folders")

    assert set(parts["source"]) == {A}
    assert set(parts.loc[parts["part"] != "test", "image_id"]) == {"t1", "t2", "t3", "t4"}
    assert ties_of(parts) == {
        "copy": "copy", "chain": "copy", "kin": "relative", "odd": "copy", "alone": "none",
    }  # fmt: skip
    assert notes == ()


def test_a_merge_holds_copies_and_contradicting_labels(published):
    manifest, pairs = published
    assert "label_conflict" in set(manifest["reason"].dropna())

    parts, _ = plan(manifest, pairs, "naive_merge", repeats=3)

    for _, rows in parts.groupby("repeat"):
        assert sorted(rows["image_id"]) == sorted(manifest["image_id"])


def test_random_splits_are_stratified_and_differ_from_repeat_to_repeat():
    manifest, pairs = curate(draw_rows(40))

    parts, _ = plan(manifest, pairs, "naive_merge", repeats=3)

    counts = parts.groupby(["repeat", "label"])["part"].value_counts().groupby("part").agg(set)
    assert counts.to_dict() == {"train": {12}, "val": {4}, "test": {4}}
    tests = parts[parts["part"] == "test"].groupby("repeat")["image_id"].agg(frozenset)
    assert len(set(tests)) == 3
    again, _ = plan(manifest, pairs, "naive_merge", repeats=3)
    pd.testing.assert_frame_equal(parts, again)


def test_a_merge_lets_copies_cross_and_what_follows_does_not():
    rows = draw_rows(20) + draw_rows(20, B)
    pairs = [(f"{A}/{n:02}", f"{B}/{n:02}", "near_copy") for n in range(20)]
    pairs += [(f"{A}/{n:02}", f"{A}/{n + 2:02}", "relative") for n in (0, 4, 8, 12)]

    parts, _ = plan(*curate(rows, *pairs))

    ties = parts.groupby("protocol")["tie"].agg(lambda ties: set(ties.dropna()))
    assert "copy" in ties["naive_merge"]
    assert ties["copies_removed"] == {"none", "relative"}
    assert ties["groups_apart"] == {"none"}


def test_of_a_chain_of_copies_one_image_is_left_even_where_two_were_kept():
    rows = [*draw_rows(12), make_row("between", width=64, height=64)]
    ends = f"{A}/00", f"{A}/02"
    pairs = [(end, "between", "near_copy") for end in ends]
    manifest, found = curate(rows, *pairs)
    assert set(ends) <= set(kept(manifest)["image_id"])

    parts, _ = plan(manifest, found, "copies_removed", "groups_apart", repeats=1)

    for _, images in parts.groupby("protocol")["image_id"]:
        assert len(set(ends) & set(images)) == 1


def test_a_source_left_out_is_tested_without_what_is_tied_to_the_others():
    rows = draw_rows(8) + draw_rows(8, B)
    pairs = [(f"{A}/00", f"{B}/00", "near_copy"), (f"{A}/01", f"{B}/01", "relative")]

    parts, notes = plan(*curate(rows, *pairs), "source_left_out")

    assert set(parts["source"]) == {A, B}
    for source, images in parts.groupby("source"):
        tested = set(images.loc[images["part"] == "test", "image_id"])
        assert tested == {f"{source}/{n:02}" for n in range(2, 8)}
        trained = images.loc[images["part"] != "test", "image_id"]
        assert not trained.str.startswith(source).any()
        assert set(images["tie"].dropna()) == {"none"}
    assert notes == ()


def test_a_class_that_the_training_lacks_is_not_tested_and_named():
    rows = draw_rows(8, A, (*LABELS, "pituitary")) + draw_rows(8, B)

    parts, notes = plan(*curate(rows), "source_left_out")

    tested = parts[(parts["source"] == A) & (parts["part"] == "test")]
    assert set(tested["label"]) == set(LABELS)
    assert len(notes) == 1
    assert f"{A}: the training lacks a class; 2 of pituitary are not tested" in notes[0]


def test_what_cannot_be_done_is_left_out_with_a_note():
    one_source, no_pairs = curate(draw_rows(20))
    parts, notes = plan(one_source, no_pairs, "published_folders", "source_left_out", "naive_merge")
    assert set(parts["protocol"]) == {"naive_merge"}
    assert "no source publishes both" in notes[0]
    assert f"{A} is the only source" in notes[1]

    lone, no_pairs = curate(draw_rows(8, A, ("glioma",)) + draw_rows(8, B))
    parts, notes = plan(lone, no_pairs, "source_left_out")
    assert set(parts["source"]) == {A}
    assert f"{B}: left out, the training has no two classes, only glioma" in notes[-1]

    few, no_pairs = curate(draw_rows(4))
    parts, notes = plan(few, no_pairs, "naive_merge", "groups_apart")
    assert parts.empty
    assert all("a split cannot be drawn" in note for note in notes)
    assert len(notes) == 2


def test_a_source_whose_every_image_has_a_relative_elsewhere_is_not_tested():
    rows = draw_rows(6) + draw_rows(12, B)
    pairs = [(f"{A}/{n:02}", f"{B}/{n:02}", "near_copy") for n in range(6)]

    parts, notes = plan(*curate(rows, *pairs), "source_left_out")

    assert set(parts["source"]) == {B}
    assert f"{A}: left out, no image is left to test" in notes[0]


def test_a_recipe_needs_images_to_validate_on(published):
    _, notes = plan(*published, "published_folders", classifier="recipe")
    assert notes == ()

    rows = [
        make_row(f"{folder}{n}", LABELS[n], published_split=folder)
        for folder in ("train", "test")
        for n in (0, 1)
    ]
    parts, notes = plan(*curate(rows), "published_folders", classifier="recipe")
    assert parts.empty
    assert "too few training images for some to validate on" in notes[0]
    assert len(plan(*curate(rows), "published_folders").parts) == 4


def test_pairs_of_another_curation_are_refused(published):
    manifest, pairs = published
    require_same_pairs(manifest, pairs)

    for others in (pairs[1:], make_pairs(("t1", "gone", "relative"))):
        with pytest.raises(ValueError, match="curation was interrupted"):
            require_same_pairs(manifest, others)


@st.composite
def collections(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Up to 40 images of three sources with any copies and relatives among them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.integers(2, 40))
    rows = [
        make_row(
            f"{n:02}",
            str(rng.choice(LABELS)),
            source=str(rng.choice([A, B, "figshare"])),
            published_split=rng.choice(["train", "test", None]),
        )
        for n in range(number)
    ]
    ends = rng.integers(0, number, (draw(st.integers(0, number)), 2))
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    kinds = rng.choice(["near_copy", "exact_copy", "relative"], len(ends))
    return curate(
        rows, *((f"{a:02}", f"{b:02}", str(k)) for (a, b), k in zip(ends, kinds, strict=True))
    )


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(collections())
def test_whatever_the_collection_the_protocols_keep_their_word(collection):
    manifest, pairs = collection
    sets, group = number_copy_sets(manifest, pairs), manifest.set_index("image_id")["group_id"]
    source = manifest.set_index("image_id")["source"]

    parts, notes = plan(manifest, pairs, repeats=2)

    assert notes or len(set(parts["protocol"])) == 5
    for (protocol, left_out, _), rows in parts.groupby(
        ["protocol", "source", "repeat"], dropna=False
    ):
        assert not rows["image_id"].duplicated().any()
        test = rows[rows["part"] == "test"]
        seen = rows.loc[rows["part"] != "test", "image_id"]
        assert len(test) + len(seen) == len(rows)
        assert len(test) > 0
        assert set(test["label"]) <= set(rows.loc[rows["part"] != "test", "label"])
        copied = test["image_id"].map(sets).isin(seen.map(sets))
        related = test["image_id"].map(group).isin(seen.map(group))
        assert ((test["tie"] == "copy") == copied).all()
        assert ((test["tie"] != "none") == related).all()
        if protocol in ("groups_apart", "source_left_out"):
            assert not related.any()
        if protocol == "copies_removed":
            assert not copied.any()
        if protocol == "source_left_out":
            assert not seen.map(source).eq(left_out).any()
            assert test["image_id"].map(source).eq(left_out).all()
