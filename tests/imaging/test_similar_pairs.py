import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.imaging import similar_pairs
from brain_tumor_kedro.imaging.copy_search import PAIR_COLUMNS, SimilaritySettings
from brain_tumor_kedro.imaging.duplicates import reject_conflicts, reject_copies
from brain_tumor_kedro.imaging.similar_pairs import find_similar_pairs
from brain_tumor_kedro.imaging.similarity import thumbnail
from brain_tumor_kedro.imaging.views import VIEWS, turn
from builders import Verdicts, draw, make_manifest, make_row


def make_verdicts(n, near, copies=None):
    nearness, table = np.zeros((n, n)), np.zeros((n, n), bool)
    for (a, b), value in near.items():
        nearness[a, b] = nearness[b, a] = value
    for a, b in copies if copies is not None else [(a, b) for a in range(n) for b in range(n)]:
        table[a, b] = table[b, a] = True
    return Verdicts(nearness, table)


def kept_ids(manifest):
    return manifest.loc[manifest["status"] == "kept", "image_id"].tolist()


def stack(*images: np.ndarray) -> np.ndarray:
    return np.stack([thumbnail(np.ascontiguousarray(image)) for image in images])


def find(manifest: pd.DataFrame, thumbnails: np.ndarray, **changed) -> pd.DataFrame:
    return find_similar_pairs(manifest, thumbnails, SimilaritySettings(**changed))


def related(pairs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Both ends of every pair in order, and the relation."""
    ends = np.sort(pairs[["image_a", "image_b"]].to_numpy(dtype=str), axis=1).tolist()
    return sorted(
        (a, b, relation) for (a, b), relation in zip(ends, pairs["relation"], strict=True)
    )


@st.composite
def make_worlds(draw_from, bonus: float = 0.0) -> tuple[Verdicts, list[int], int]:
    """A few images, any of which may be copies, which lie nearer; their widths; and neighbors."""
    n = draw_from(st.integers(1, 9))
    rng = np.random.default_rng(draw_from(st.integers(0, 10**6)))
    share = draw_from(st.sampled_from([0.2, 0.5, 0.8]))
    copies = np.triu(rng.random((n, n)) < share, 1)
    nearness = np.triu(rng.random((n, n)) + bonus * copies, 1)
    verdicts = Verdicts(nearness + nearness.T, copies | copies.T)
    return verdicts, rng.integers(1, 4, n).tolist(), draw_from(st.integers(1, 3))


def search_through(world: tuple[Verdicts, list[int], int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs found, and the manifest with copies rejected; `row` is the number in the tables."""
    verdicts, widths, neighbors = world
    manifest = make_manifest(*(make_row(f"{i}", width=width) for i, width in enumerate(widths)))
    with pytest.MonkeyPatch.context() as patch:
        verdicts.install(patch)
        pairs = find(manifest, verdicts.thumbnails(), neighbors=neighbors)
    return pairs, reject_copies(manifest, pairs)


def test_copies_are_told_from_strangers_and_broken_files_take_no_part():
    bright = np.rint(draw(0) * 0.8).astype(np.uint8)
    manifest = make_manifest(
        make_row("a", pixel_hash="same"),
        make_row("b"),
        make_row("c", pixel_hash="same"),
        make_row("d"),
        make_row("e", reason="blank"),
    )

    pairs = find(manifest, stack(draw(0), bright, draw(0), draw(1), draw(0)))

    assert related(pairs) == [("a", "b", "near_copy"), ("a", "c", "exact_copy")]
    assert pairs.columns.tolist() == PAIR_COLUMNS


def test_exact_copies_are_paired_with_the_first_of_them_and_only_that_one_with_others():
    rows = [make_row(name, pixel_hash="same") for name in "abc"]
    manifest = make_manifest(*rows, make_row("darker"))
    darker = np.rint(draw(0) * 0.8).astype(np.uint8)

    pairs = find(manifest, stack(draw(0), draw(0), draw(0), darker))

    exact, near = "exact_copy", "near_copy"
    assert related(pairs) == [("a", "b", exact), ("a", "c", exact), ("a", "darker", near)]
    exactly = pairs[pairs["relation"] == exact]
    assert (exactly[["correlation", "local_correlation", "round"]] == 1).all(axis=None)
    assert (exactly["view"] == "upright").all()


def test_rows_that_show_no_slice_may_lie_anywhere():
    manifest = make_manifest(
        make_row("a", reason="unreadable"), make_row("b"), make_row("c", reason="blank"),
        make_row("d"),
    )  # fmt: skip

    pairs = find(manifest, stack(draw(5), draw(0), draw(0), draw(0)))

    assert related(pairs) == [("b", "d", "near_copy")]


def test_mirrored_and_turned_slices_are_copies_and_the_view_is_told():
    image = draw(0)
    thumbnails = stack(image, image[:, ::-1], np.rot90(image), draw(1))

    pairs = find(make_manifest(*(make_row(name) for name in "abcd")), thumbnails)

    assert related(pairs) == [(a, b, "near_copy") for a, b in ("ab", "ac", "bc")]
    for a, b, view in pairs[["image_a", "image_b", "view"]].itertuples(index=False):
        first, second = ("abcd".index(name) for name in (a, b))
        turned = turn(thumbnails[[first]], VIEWS.index(view))[0]
        assert np.abs(turned.astype(int) - thumbnails[second]).max() <= 1


def test_copies_in_sources_that_come_last_are_searched_round_by_round():
    # All three are copies, and only one neighbor is looked at. Whichever of them is kept first
    # decides who is compared with whom.
    nearness = np.array([[0.0, 9, 5], [9, 0, 1], [5, 1, 0]])
    verdicts = Verdicts(nearness, np.ones((3, 3), bool))
    manifest = make_manifest(
        make_row("0", width=900, source="held out"), make_row("1"), make_row("2")
    )
    with pytest.MonkeyPatch.context() as patch:
        verdicts.install(patch)
        pairs = find_similar_pairs(
            manifest, verdicts.thumbnails(), SimilaritySettings(neighbors=1), ["held out"]
        )

    result = reject_copies(manifest, pairs, ["held out"])

    assert result.loc[result["status"] == "kept", "image_id"].tolist() == ["1"]
    assert ("1", "2", "near_copy") in related(pairs)


def test_the_search_gives_up_after_many_rounds_and_says_so(monkeypatch, caplog):
    # 2 is rejected for 1, and 1 for 0, of which 2 is no copy: another round would be needed.
    nearness = np.zeros((4, 4))
    copies = np.zeros((4, 4), bool)
    for (a, b), near in {(1, 2): 9, (0, 3): 9, (0, 1): 5}.items():
        nearness[a, b] = nearness[b, a] = near
        copies[a, b] = copies[b, a] = True
    monkeypatch.setattr(similar_pairs, "MOST_ROUNDS", 1)

    pairs, _ = search_through((Verdicts(nearness, copies), [400, 300, 200, 100], 1))

    assert "some may be left" in caplog.text
    assert len(pairs) == 3


def test_images_searched_again_come_to_rest(caplog):
    # 2 and 3 are rejected for 1, and 1 for 0, of which they are no copies; then 3 is for 2.
    verdicts = Verdicts(np.zeros((6, 6)), np.zeros((6, 6), bool))
    near = dict.fromkeys([(1, 2), (1, 3), (2, 3), (0, 4), (0, 5), (4, 5)], 9) | {(0, 1): 5}
    for (a, b), nearness in near.items():
        verdicts.nearness[a, b] = verdicts.nearness[b, a] = nearness
        verdicts.copies[a, b] = verdicts.copies[b, a] = True

    _, manifest = search_through((verdicts, [600, 500, 400, 300, 200, 100], 2))

    assert manifest.loc[manifest["status"] == "kept", "image_id"].tolist() == ["0", "2"]
    assert "some may be left" not in caplog.text


@settings(max_examples=40, deadline=None)
@given(make_worlds())
def test_no_two_kept_images_are_copies_and_every_copy_is_one_of_a_kept_image(world):
    verdicts = world[0]
    _, manifest = search_through(world)

    kept = manifest["status"] == "kept"
    numbers = np.flatnonzero(kept)
    known = set(verdicts.compared)
    for a, b in ((a, b) for a in numbers for b in numbers if a < b):
        assert not (verdicts.copies[a, b] and (a, b) in known)
    for number, keeper in manifest.loc[~kept, "copy_of"].astype(int).items():
        assert kept[keeper]
        assert verdicts.copies[number, keeper]


@settings(max_examples=40, deadline=None)
@given(make_worlds(bonus=1.0))
def test_where_copies_lie_nearest_another_search_among_kept_images_finds_none(world):
    verdicts, _, neighbors = world
    _, manifest = search_through(world)

    kept = np.flatnonzero(manifest["status"] == "kept")

    again = verdicts.find_candidates(kept, neighbors)
    assert not verdicts.copies[kept[again["a"]], kept[again["b"]]].any()


@settings(max_examples=15, deadline=None)
@given(make_worlds())
def test_no_pair_is_compared_twice_or_named_twice(world):
    verdicts = world[0]
    pairs, _ = search_through(world)

    assert len(set(verdicts.compared)) == len(verdicts.compared)
    assert not pairs.duplicated(["image_a", "image_b"]).any()


def test_where_nothing_shows_a_slice_there_are_no_pairs():
    manifest = make_manifest(make_row("a", reason="blank"), make_row("b", reason="unreadable"))

    pairs = find_similar_pairs(manifest, np.zeros((2, 64, 64), np.uint8), SimilaritySettings())

    assert pairs.empty
    assert pairs.columns.tolist() == PAIR_COLUMNS


@pytest.mark.parametrize("better", ["known patient", "not held out"])
def test_an_exact_copy_that_is_kept_before_the_first_of_them_leaves_no_copies(better, monkeypatch):
    # 1 is rejected for 0, 3 for 2, 2 for 0. The same pixels as 3's come in a better row.
    verdicts = make_verdicts(4, {(0, 1): 9, (2, 3): 9, (0, 2): 5})
    source = "kaggle/set" if better == "known patient" else "held out"
    rows = [make_row(f"{i}", source=source) | {"bytes": 900 - i} for i in range(4)]
    patient = "p" if better == "known patient" else None
    twin = make_row("twin", pixel_hash="pixels of 3", patient_id=patient, bytes=897)
    manifest = make_manifest(*rows, twin)
    thumbnails = verdicts.thumbnails()[[0, 1, 2, 3, 3]]
    verdicts.install(monkeypatch)

    pairs = find_similar_pairs(manifest, thumbnails, SimilaritySettings(neighbors=1), ["held out"])

    assert kept_ids(reject_copies(manifest, pairs, ["held out"])) == ["twin"]


def test_a_keeper_rejected_for_its_label_leaves_no_copies(monkeypatch):
    # All are copies. 0 is the largest, contradicts the expert 1 and is rejected for that.
    verdicts = make_verdicts(6, {(0, i): 9 - i for i in range(1, 6)})
    rows = [make_row("0", label="pituitary", width=900), make_row("1", source="figshare")]
    manifest = make_manifest(*rows, *(make_row(f"{i}") for i in range(2, 6)))
    verdicts.install(monkeypatch)

    pairs = find_similar_pairs(
        manifest, verdicts.thumbnails(), SimilaritySettings(neighbors=1), (), ["figshare"]
    )
    settled = reject_conflicts(manifest, pairs, ["figshare"])

    assert len(kept_ids(reject_copies(settled, pairs, (), ["figshare"]))) == 1


def test_strangers_that_choose_an_image_do_not_end_its_search(monkeypatch):
    # 4 chooses 2 alone and 6 chooses 1; both are chosen by strangers, and are copies themselves.
    near = {(1, 6): 1.6, (2, 4): 1.5, (4, 6): 1.3, (5, 6): 0.97, (0, 4): 0.86, (0, 3): 0.68}
    verdicts = make_verdicts(7, near, [(1, 6), (2, 4), (4, 6)])
    widths = [3, 1, 2, 3, 3, 3, 2]
    manifest = make_manifest(*(make_row(f"{i}", width=width) for i, width in enumerate(widths)))
    verdicts.install(monkeypatch)

    pairs = find_similar_pairs(manifest, verdicts.thumbnails(), SimilaritySettings(neighbors=1))

    assert {"4", "6"} - set(kept_ids(reject_copies(manifest, pairs)))
