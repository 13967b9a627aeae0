"""How the search for near images grows: python tests/benchmarks/search.py [N ...]

Prints a table for 100,000, 300,000 and 1,000,000 simulated descriptors (or the numbers given):
seconds to build the index and to search every image in one view and in eight, time per image,
processor time per image (which other work on the machine disturbs less), peak memory of the process
with the descriptors, and the recall of the 32 nearest. Views 2 to 8 are timed on 20,000 images each
and scaled to all (queries do not depend on each other); with --full on all.

The simulation, after 4,764 thumbnails of two public collections (their mean holds 0.51 of the
energy; the variance of principal component i falls as 1 / i; two slices at random correlate by
0.53, 90% of them between 0.20 and 0.75):
- a direction common to all images, with half of the energy, and a deviation with variance 1 / i;
- patients of 20 slices, a stationary walk in which neighbors correlate by 0.97 to 0.99;
- copies of one image in 20, at correlations of exactly 0.90, 0.93, 0.95, 0.97 and 0.99. What sets
  them apart from their original has the spectrum of the images, which is harder than white noise;
- a bunch of 4,000 images that are one image but for noise, at 0.99 to 0.9999 with it;
- all in random order.
A view (mirrored, turned) changes the sign of half of the components, as a mirror does with the odd
ones.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.search import NearestSearch, SearchSettings

SIZES = (100_000, 300_000, 1_000_000)
WIDTH = 128
COMMON = 0.5
SLICES = 20
BUNCH = 4_000
CORRELATIONS = (0.90, 0.93, 0.95, 0.97, 0.99)
VIEWS = 8
NEAREST = 32
COMPARED = 2_000
TIMED = 20_000


def simulate(n: int, seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    """Descriptors of `n` images, and which of them are planted copies.

    Args:
        n: Images, at least 2 * `BUNCH`.
        seed: Of everything random.

    Returns:
        `(n, 128)` float32 unit vectors, and a row per copy: `original`, `copy`, `correlation`.
    """
    rng = np.random.default_rng(seed)
    copies = n // 20
    bunch = min(BUNCH, n // 10)
    slices = n - copies - bunch
    vectors = np.empty((n, WIDTH), np.float32)
    _fill_patients(vectors[:slices], rng)
    originals = rng.choice(slices, copies, replace=False)
    correlations = np.resize(np.float32(CORRELATIONS), copies)
    vectors[slices : slices + copies] = _at(vectors[originals], correlations, rng)
    near = rng.uniform(0.99, 0.9999, bunch).astype(np.float32)
    vectors[slices + copies :] = _at(np.repeat(vectors[:1], bunch, axis=0), near, rng)
    place = rng.permutation(n)
    shuffled = np.empty_like(vectors)
    shuffled[place] = vectors
    planted = {
        "original": place[originals],
        "copy": place[slices : slices + copies],
        "correlation": correlations.round(2),
    }
    return shuffled, pd.DataFrame(planted)


def _fill_patients(vectors: np.ndarray, rng: np.random.Generator) -> None:
    patients = -(-len(vectors) // SLICES)
    kept = rng.uniform(0.94, 0.98, (patients, 1)).astype(np.float32)
    common = _unit(rng.normal(size=(1, WIDTH)).astype(np.float32))
    deviation = _deviations(patients, rng)
    for place in range(SLICES):
        rows = vectors[place::SLICES]
        rows[:] = _unit(COMMON**0.5 * common + (1 - COMMON) ** 0.5 * deviation)[: len(rows)]
        fresh = _deviations(patients, rng)
        deviation = kept * deviation + np.sqrt(1 - kept**2) * fresh


def _deviations(count: int, rng: np.random.Generator) -> np.ndarray:
    variance = 1 / np.arange(1, WIDTH + 1)
    scale = np.sqrt(variance / variance.sum()).astype(np.float32)
    normal: np.ndarray = rng.standard_normal((count, WIDTH), np.float32)
    return normal * scale


def _at(vectors: np.ndarray, correlations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = _deviations(len(vectors), rng)
    noise -= np.vecdot(noise, vectors)[:, None] * vectors
    away = np.sqrt(1 - correlations**2)[:, None] * _unit(noise)
    return _unit(correlations[:, None] * vectors + away)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def measure(folder: Path, full: bool) -> dict[str, float]:
    """Time, memory and recall of one search through the descriptors in a folder."""
    descriptors = np.load(folder / "descriptors.npy")
    planted = pd.read_parquet(folder / "planted.parquet")
    n = len(descriptors)
    started = np.array([time.perf_counter(), time.process_time()])
    search = NearestSearch(descriptors, SearchSettings())
    built = np.array([time.perf_counter(), time.process_time()])
    one_view = _seconds(search, descriptors)
    timed = n if full else TIMED
    other_views = sum(
        _seconds(search, _turned(descriptors[:timed], view)) * n / timed for view in range(1, VIEWS)
    )
    row = {"images": n, "build s": (built - started)[0], "1 view s": one_view[0]}
    row["8 views s"] = (one_view + other_views)[0]
    total = (built - started + one_view) / n * 1e6
    row |= {"us/image": total[0], "cpu us/image": total[1]}
    total += other_views / n * 1e6
    row |= {"us/image, 8 views": total[0], "cpu us/image, 8 views": total[1]}
    row["peak GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return row | _recall(search, descriptors, planted)


def _seconds(search: NearestSearch, queries: np.ndarray) -> np.ndarray:
    started = np.array([time.perf_counter(), time.process_time()])
    for start in range(0, len(queries), TIMED):
        search.find(queries[start : start + TIMED], NEAREST + 1)
    return np.array([time.perf_counter(), time.process_time()]) - started


def _turned(descriptors: np.ndarray, view: int) -> np.ndarray:
    signs = np.random.default_rng(view).choice(np.float32([-1, 1]), WIDTH)
    return descriptors * signs


def _recall(
    search: NearestSearch, descriptors: np.ndarray, planted: pd.DataFrame
) -> dict[str, float]:
    """The share of the exact search's neighbors, and of the copies it finds, that is found."""
    exact = NearestSearch(descriptors, SearchSettings(exact_below=len(descriptors)))
    queries = descriptors[np.random.default_rng(1).choice(len(descriptors), COMPARED)]
    started = time.perf_counter()
    true, _ = exact.find(queries, NEAREST + 1)
    row = {"exact us/query": (time.perf_counter() - started) / COMPARED * 1e6}
    found, _ = search.find(queries, NEAREST + 1)
    for k in (10, NEAREST):
        shared = [np.isin(a[: k + 1], b[: k + 1]).sum() for a, b in zip(true, found, strict=True)]
        row[f"recall@{k}"] = np.mean(shared) / (k + 1)
    some = planted[: COMPARED * len(CORRELATIONS) // 2]
    queries, copies = descriptors[some["original"]], some["copy"].to_numpy()[:, None]
    reached = (exact.find(queries, NEAREST + 1)[0] == copies).any(axis=1)
    got = (search.find(queries, NEAREST + 1)[0] == copies).any(axis=1)
    for correlation in CORRELATIONS:
        here = np.isclose(some["correlation"], correlation, atol=1e-3)
        row[f"copies at {correlation:.2f}"] = got[here].mean()
        row[f"exact at {correlation:.2f}"] = reached[here].mean()
    return row


def run(n: int, full: bool) -> dict[str, float]:
    """Simulate, and measure in a process of its own, whose memory is that of the search."""
    with tempfile.TemporaryDirectory() as folder:
        descriptors, planted = simulate(n)
        np.save(Path(folder) / "descriptors.npy", descriptors)
        planted.to_parquet(Path(folder) / "planted.parquet")
        del descriptors
        command = [sys.executable, __file__, "--measure", folder, *(["--full"] if full else [])]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    row: dict[str, float] = json.loads(output)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--full", action="store_true", help="time all views on all images")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        row = {key: float(value) for key, value in measure(asked.measure, asked.full).items()}
        sys.stdout.write(json.dumps(row))
        return
    rows = []
    for n in asked.sizes:
        rows.append(run(n, asked.full))
        table = pd.DataFrame(rows)
        for kind in ("us/image", "cpu us/image"):
            table[f"growth of {kind}"] = table[kind] / table[kind][0]
        sys.stdout.write(table.T.to_string(header=False, float_format="{:.4g}".format) + "\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
