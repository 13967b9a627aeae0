import faiss
import numpy as np
import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging.search import NearestSearch, SearchSettings

EXACT = SearchSettings()
LISTS = SearchSettings(exact_below=1_000, list_size=64, probes=12)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def make_descriptors(n: int = 4_000, width: int = 32, seed: int = 0) -> np.ndarray:
    """Unit vectors around a common direction, with a spectrum that falls as that of slices."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, width)) / np.sqrt(np.arange(1, width + 1))
    return unit(vectors + rng.normal(size=width) / 4)


def near(vectors: np.ndarray, correlation: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=vectors.shape)
    noise = unit(noise - (noise * vectors).sum(1, keepdims=True) * vectors)
    return unit(correlation * vectors + np.sqrt(1 - correlation**2) * noise)


def find_nearest(
    descriptors: np.ndarray, queries: np.ndarray, count: int, settings: SearchSettings
) -> tuple[np.ndarray, np.ndarray]:
    return NearestSearch(descriptors, settings).find(queries, count)


@pytest.fixture
def threads():
    before = faiss.omp_get_max_threads()
    yield faiss.omp_set_num_threads
    faiss.omp_set_num_threads(before)


def test_the_exact_search_equals_a_sorted_product():
    descriptors, queries = make_descriptors(500), make_descriptors(40, seed=7)

    positions, products = find_nearest(descriptors, queries, 5, EXACT)

    every = queries @ descriptors.T
    best = np.argsort(-every, axis=1)[:, :5]
    assert (positions == best).all()
    assert products == pytest.approx(np.take_along_axis(every, best, 1), abs=1e-6)
    assert (positions.dtype, products.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("width", [32, 33])
def test_lists_find_copies_and_most_neighbors(width):
    originals = make_descriptors(width=width)
    descriptors = np.concatenate([originals, near(originals[:400], 0.95)])
    search = NearestSearch(descriptors, LISTS)

    positions, products = search.find(descriptors[:400], 10)

    exact, _ = find_nearest(descriptors, descriptors[:400], 10, EXACT)
    agreed = np.mean([len(set(a) & set(b)) for a, b in zip(positions, exact, strict=True)])
    assert not search.exact
    assert (positions[:, 0] == np.arange(400)).all()
    assert (positions == np.arange(4_000, 4_400)[:, None]).any(axis=1).mean() >= 0.99
    assert agreed >= 8
    true = np.einsum("qd,qkd->qk", descriptors[:400], descriptors[positions])
    assert products == pytest.approx(true, abs=1e-6)
    assert (np.diff(products) <= 0).all()


@pytest.mark.parametrize("settings", [EXACT, LISTS])
def test_threads_and_blocks_change_nothing(settings, threads):
    descriptors = make_descriptors()
    results = []
    for number in (1, 2, 2):
        threads(number)
        results.append(find_nearest(descriptors, descriptors, 8, settings))
    search = NearestSearch(descriptors, settings)
    blocks = [search.find(block, 8) for block in np.array_split(descriptors, 3)]
    results.append(tuple(np.concatenate(part) for part in zip(*blocks, strict=True)))

    for positions, products in results[1:]:
        assert (positions == results[0][0]).all()
        assert (products == results[0][1]).all()


def test_the_number_of_threads_is_put_back(threads):
    threads(2)

    NearestSearch(make_descriptors(), LISTS)

    assert faiss.omp_get_max_threads() == 2


@pytest.mark.parametrize("settings", [EXACT, LISTS])
def test_another_order_of_images_gives_the_same_pairs(settings):
    descriptors = make_descriptors()
    order = np.random.default_rng(2).permutation(len(descriptors))

    first, _ = find_nearest(descriptors, descriptors, 6, settings)
    second, _ = find_nearest(descriptors[order], descriptors, 6, settings)

    assert (order[second] == first).all()


@pytest.mark.parametrize("settings", [EXACT, LISTS])
def test_a_bunch_of_the_same_image_gives_only_as_many_as_asked_for(settings):
    descriptors = make_descriptors()
    descriptors[500:2_000] = descriptors[500]

    positions, products = find_nearest(descriptors, descriptors[500:510], 7, settings)

    assert ((positions >= 500) & (positions < 2_000)).all()
    assert (np.diff(positions) > 0).all()
    assert products == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("settings", [EXACT, LISTS])
def test_flat_images_find_nothing_and_are_not_found(settings):
    descriptors = make_descriptors()
    descriptors[::10] = 0

    positions, products = find_nearest(descriptors, descriptors[:50], 3, settings)

    assert (positions[::10] == -1).all()
    assert np.isneginf(products[::10]).all()
    filled = np.delete(positions, np.s_[::10], axis=0)
    assert (filled >= 0).all()
    assert (filled % 10 != 0).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_images_than_asked_for_leave_gaps(n):
    descriptors = make_descriptors(2)[:n]

    positions, products = find_nearest(descriptors, make_descriptors(1), 4, EXACT)

    assert positions.shape == (1, 4)
    assert sorted(positions[0, :n]) == list(range(n))
    assert (positions[0, n:] == -1).all()
    assert np.isneginf(products[0, n:]).all()


def test_no_queries_give_empty_tables():
    positions, products = find_nearest(make_descriptors(9), make_descriptors(9)[:0], 4, EXACT)

    assert positions.shape == products.shape == (0, 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((3, 32)), "expected queries as float32"),
        (np.zeros((3, 31), np.float32), r"expected queries of shape \(m, 32\), found \(3, 31\)"),
        (np.zeros(32, np.float32), r"found \(32,\)"),
        (np.full((3, 32), 1, np.float32), "divide them by their lengths"),
        (np.full((3, 32), np.nan, np.float32), "in row 0"),
    ],
)
def test_wrong_queries_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        find_nearest(make_descriptors(9), wrong, 1, EXACT)


@pytest.mark.parametrize("wrong", [np.zeros((3, 4)), np.zeros(4, np.float32), np.zeros((3, 0))])
def test_wrong_descriptors_are_named(wrong):
    with pytest.raises(ValueError, match="expected descriptors as float32 of shape"):
        NearestSearch(wrong, EXACT)


def test_nothing_asked_for_is_an_error():
    with pytest.raises(ValueError, match="count of at least 1, found 0"):
        find_nearest(make_descriptors(9), make_descriptors(9), 0, EXACT)


@pytest.mark.parametrize("wrong", [{"exact_below": 10}, {"probes": 0}, {"lists": 5}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        SearchSettings(**wrong)
