"""The nearest images by descriptor, in a time per image that hardly grows with their number.

Up to `exact_below` images every query meets every image. Beyond that the images are filed in lists
around centers (Jegou, Douze, Schmid, "Product quantization for nearest neighbor search", 2011),
about 1,000 in each however many there are; a query finds its nearest centers in a graph (HNSW),
reads a fixed number of lists in codes of 2 bits per component, and the best are compared again with
their true descriptors. The centers are learned from a sample of fixed size, chosen by what the
descriptors hold and not by their order. The same input gives the same result on any number of
threads: what FAISS would do differently on several runs on one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import faiss
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

#: Queries looked up together, and those whose fetched descriptors are held: some 50 MB.
QUERIES_AT_ONCE = 8192
ROWS_AT_ONCE = 1024
#: Images from which centers and codes are learned.
SAMPLE = 131_072
CODE_SAMPLE = 32_768
ITERATIONS = 8
#: Links of a center in the graph, and how many centers are looked at to lay and to follow them.
LINKS = 32
LINKS_TRIED = 200
SPARE_CENTERS = 32
#: Fetched beyond what is asked for, since codes (or blocked sums) rank a little wrongly.
SPARE_EXACT = 16
SPARE_CODED = 32
MISSING = -1


class SearchSettings(BaseModel):
    """How the nearest images are found.

    Attributes:
        exact_below: Up to this many images every pair is looked at.
        list_size: Images per list, on average.
        probes: Lists read for each query; more find more, and take longer.
        seed: Of the sample and of the centers' start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    exact_below: int = Field(default=30_000, ge=1_000)
    list_size: int = Field(default=1_024, ge=64)
    probes: int = Field(default=96, ge=1)
    seed: int = Field(default=0, ge=0)


class NearestSearch:
    """Descriptors made ready to be searched, by any number of blocks or views of queries."""

    def __init__(self, descriptors: np.ndarray, settings: SearchSettings) -> None:
        """File the descriptors.

        Args:
            descriptors: `(n, d)` float32 unit vectors; a row of zeros (a flat image) is never
                found. They are kept, not copied.
            settings: How they are searched.

        Raises:
            ValueError: If they are anything else.
        """
        filled = _check(descriptors, "descriptors")
        self._descriptors = np.ascontiguousarray(descriptors)
        self.exact = int(filled.sum()) <= settings.exact_below
        order = np.arange(len(filled)) if self.exact else _shuffle(self._descriptors, settings.seed)
        self._positions = order[filled[order]]
        build = _build_exact if self.exact else _build_lists
        self._index = build(self._descriptors, self._positions, settings)

    def find(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The nearest descriptors of every query, by inner product.

        Args:
            queries: `(m, d)` float32 unit vectors; a row of zeros (a flat image) finds nothing.
            count: How many are wanted per query. A query that is itself a descriptor finds itself
                too.

        Returns:
            Positions among the descriptors, `(m, count)` int64, and inner products, `(m, count)`
            float32, best first, ties by position; -1 and -inf where there are fewer.

        Raises:
            ValueError: If shapes, types or lengths are not as said.
        """
        if count < 1:
            raise ValueError(f"expected a count of at least 1, found {count}")
        if queries.shape[1:] != self._descriptors.shape[1:]:
            wide = self._descriptors.shape[1]
            raise ValueError(f"expected queries of shape (m, {wide}), found {queries.shape}")
        filled = np.flatnonzero(_check(queries, "queries"))
        positions = np.full((len(queries), count), MISSING, np.int64)
        products = np.full((len(queries), count), -np.inf, np.float32)
        fetched = count + SPARE_EXACT if self.exact else 2 * count + SPARE_CODED
        for start in range(0, len(filled), QUERIES_AT_ONCE):
            block = filled[start : start + QUERIES_AT_ONCE]
            _, found = self._index.search(_even(queries[block]), fetched)
            for first in range(0, len(block), ROWS_AT_ONCE):
                part = slice(first, first + ROWS_AT_ONCE)
                rows = block[part]
                positions[rows], products[rows] = self._rank(queries[rows], found[part], count)
        return positions, products

    def _rank(
        self, queries: np.ndarray, found: np.ndarray, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best of what was fetched, by their true descriptors."""
        missing = found < 0
        if len(self._positions):
            found = self._positions[found]
            products = np.vecdot(self._descriptors[found], queries[:, None])
        else:
            products = np.empty(found.shape, np.float32)
        found[missing], products[missing] = MISSING, -np.inf
        best = np.lexsort((found, -products))[:, :count]
        return np.take_along_axis(found, best, 1), np.take_along_axis(products, best, 1)


def _check(vectors: np.ndarray, name: str) -> np.ndarray:
    if vectors.ndim != 2 or vectors.shape[1] == 0 or vectors.dtype != np.float32:
        found = f"{vectors.dtype} of shape {vectors.shape}"
        raise ValueError(f"expected {name} as float32 of shape (n, d), found {found}")
    squares = np.vecdot(vectors, vectors)
    wrong = np.flatnonzero(~((np.abs(squares - 1) < 1e-3) | (squares == 0)))
    if len(wrong):
        row = wrong[0]
        raise ValueError(
            f"expected {name} of length 1 (or 0, for a flat image), found a squared length of "
            f"{squares[row]} in row {row}: divide them by their lengths"
        )
    filled: np.ndarray = squares > 0
    return filled


def _build_exact(vectors: np.ndarray, order: np.ndarray, settings: SearchSettings) -> faiss.Index:
    vectors = _even(vectors[order])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def _build_lists(vectors: np.ndarray, order: np.ndarray, settings: SearchSettings) -> faiss.Index:
    sample = _even(vectors[order[:SAMPLE]])
    width, lists = sample.shape[1], len(order) // settings.list_size + 1
    with _one_thread():
        centers = _lay_centers(_find_centers(sample, lists, settings.seed), settings)
        # Without residuals a query needs one table of distances, not one for every list.
        index = faiss.IndexIVFPQFastScan(centers, width, lists, width // 2, 4, faiss.METRIC_L2)
        index.by_residual = False
        index.train(sample[:CODE_SAMPLE])
    index.nprobe = min(settings.probes, lists)
    for start in range(0, len(order), SAMPLE):
        index.add(_even(vectors[order[start : start + SAMPLE]]))
    return index


def _find_centers(sample: np.ndarray, lists: int, seed: int) -> np.ndarray:
    settings = {"niter": ITERATIONS, "seed": seed, "min_points_per_centroid": 1}
    settings["max_points_per_centroid"] = len(sample)
    clustering = faiss.Kmeans(sample.shape[1], lists, **settings)
    clustering.train(sample)
    return np.asarray(clustering.centroids)


def _lay_centers(centers: np.ndarray, settings: SearchSettings) -> faiss.Index:
    graph = faiss.IndexHNSWFlat(centers.shape[1], LINKS)
    graph.hnsw.efConstruction = LINKS_TRIED
    graph.hnsw.efSearch = settings.probes + SPARE_CENTERS
    graph.add(centers)
    return graph


def _shuffle(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Positions in the order of a hash: the same vectors follow each other however they came."""
    rng = np.random.default_rng(seed)
    odd = np.bitwise_or(rng.integers(2**63, size=vectors.shape[1], dtype=np.uint64), 1)
    keys = np.empty(len(vectors), np.uint64)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        keys[part] = vectors[part].view(np.uint32) @ odd
    keys ^= keys >> np.uint64(32)
    keys *= odd[0]
    return np.argsort(keys, kind="stable")


def _even(vectors: np.ndarray) -> np.ndarray:
    """With a column of zeros where their number is odd: codes are made for two at a time."""
    odd = vectors.shape[1] % 2
    return np.ascontiguousarray(np.pad(vectors, ((0, 0), (0, odd))) if odd else vectors)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
