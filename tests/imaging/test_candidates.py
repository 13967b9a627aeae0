import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.imaging import candidates
from brain_tumor_kedro.imaging.candidates import find_candidates, match_views
from brain_tumor_kedro.imaging.descriptors import as_vectors, describe
from brain_tumor_kedro.imaging.search import SearchSettings
from brain_tumor_kedro.imaging.similarity import thumbnail
from brain_tumor_kedro.imaging.views import VIEWS, turn
from builders import draw

SEARCH = SearchSettings()
ORIGINALS = 4


def make_thumbnails() -> np.ndarray:
    """Four different images; then the first in all other views; then two flat ones."""
    originals = np.stack([thumbnail(draw(seed)) for seed in range(ORIGINALS)])
    turned = [turn(originals[:1], view) for view in range(1, len(VIEWS))]
    return np.concatenate([originals, *turned, np.full((2, 64, 64), 9, np.uint8)])


def product(frequencies: np.ndarray, a: int, b: int, view: int) -> float:
    return (as_vectors(frequencies[[a]], view) @ as_vectors(frequencies[[b]]).T).item()


def ends(pairs: pd.DataFrame) -> set[tuple[int, int]]:
    return set(map(tuple, np.sort(pairs[["a", "b"]], axis=1).tolist()))


def test_an_image_finds_itself_in_all_other_views_and_nothing_else():
    pairs = find_candidates(describe(make_thumbnails()), 20, 0.9, SEARCH)

    family = [0, *range(ORIGINALS, ORIGINALS + 7)]
    assert ends(pairs) == {(a, b) for a in family for b in family if a < b}
    assert len(pairs) == len(ends(pairs))
    assert pairs["correlation"].min() > 0.999


def test_the_view_says_how_the_first_must_be_laid_to_match_the_second():
    thumbnails = make_thumbnails()

    pairs = find_candidates(describe(thumbnails), 20, 0.9, SEARCH)

    for a, b, view in pairs[["a", "b", "view"]].itertuples(index=False):
        assert (turn(thumbnails[[a]], view)[0] == thumbnails[b]).all()
    # A turn by 270 degrees is found as one by 90 from the other side.
    assert set(pairs["view"]) == set(range(1, 8)) - {3}


@pytest.mark.parametrize("least", [0.2, 0.5])
def test_all_pairs_above_the_least_and_no_others(least):
    frequencies = describe(np.stack([thumbnail(draw(seed)) for seed in range(12)]))

    pairs = find_candidates(frequencies, 12, least, SEARCH)

    best = np.array(
        [
            [max(product(frequencies, a, b, view) for view in range(8)) for b in range(12)]
            for a in range(12)
        ]
    )
    expected = {(a, b): best[a, b] for a, b in np.argwhere(np.triu(best, 1) >= least).tolist()}
    found = {
        (min(a, b), max(a, b)): correlation
        for a, b, correlation in pairs[["a", "b", "correlation"]].itertuples(index=False)
    }
    assert found == pytest.approx(expected, abs=1e-5)
    assert len(found) == len(pairs)


def test_no_image_is_compared_with_more_than_the_count_of_its_own_choice():
    frequencies = describe(np.stack([thumbnail(draw(seed)) for seed in range(12)]))

    pairs = find_candidates(frequencies, 2, 0.01, SEARCH)
    every = find_candidates(frequencies, 12, 0.01, SEARCH)

    assert 12 <= len(pairs) <= 24
    assert len(every) > len(pairs)
    for image in range(12):
        mine = every[(every["a"] == image) | (every["b"] == image)]
        assert ends(mine.nlargest(2, "correlation")) <= ends(pairs)


def test_blocks_of_queries_change_nothing(monkeypatch):
    frequencies = describe(make_thumbnails())
    whole = find_candidates(frequencies, 3, 0.1, SEARCH)

    monkeypatch.setattr(candidates, "QUERIES_AT_ONCE", 5)

    pairs = find_candidates(frequencies, 3, 0.1, SEARCH)
    assert pairs[["a", "b", "view"]].equals(whole[["a", "b", "view"]])


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_images_have_no_candidates(n):
    pairs = find_candidates(describe(make_thumbnails()[:n]), 4, 0.5, SEARCH)

    assert pairs.empty
    assert pairs.columns.tolist() == ["a", "b", "correlation", "view", "mutual"]


def test_flat_images_are_no_candidates():
    pairs = find_candidates(describe(np.full((5, 64, 64), 9, np.uint8)), 4, 0.01, SEARCH)

    assert pairs.empty


def test_views_are_matched_for_given_pairs_in_their_order():
    frequencies = describe(make_thumbnails())
    a, b = np.array([0, 4, 0, 6, 3]), np.array([4, 0, 10, 6, 1])

    pairs = match_views(frequencies, a, b)

    assert pairs["a"].tolist() == a.tolist()
    assert pairs["b"].tolist() == b.tolist()
    names = [VIEWS[view] for view in pairs["view"][:4]]
    assert names == ["turned_90", "turned_270", "mirrored_turned_270", "upright"]
    assert pairs["correlation"].to_numpy()[:4] == pytest.approx(1, abs=1e-4)
    best = max(product(frequencies, 3, 1, view) for view in range(8))
    assert pairs["correlation"][4] == pytest.approx(best, abs=1e-5)


def test_no_pairs_have_no_views():
    none = np.empty(0, np.int64)

    pairs = match_views(describe(make_thumbnails()), none, none)

    assert pairs.empty
    assert pairs.columns.tolist() == ["a", "b", "correlation", "view"]


def test_only_images_that_are_wanted_are_asked_for_their_nearest():
    frequencies = describe(np.stack([thumbnail(draw(seed)) for seed in range(12)]))
    wanted = np.isin(np.arange(12), [3, 7])

    some = ends(find_candidates(frequencies, 2, 0.01, SEARCH, wanted))

    assert some <= ends(find_candidates(frequencies, 2, 0.01, SEARCH))
    assert len(some) in (3, 4)
    assert all({3, 7} & set(pair) for pair in some)
    assert find_candidates(frequencies, 2, 0.01, SEARCH, np.zeros(12, bool)).empty
