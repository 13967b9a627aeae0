"""How well copies are found, and how fast: python tests/benchmarks/duplicates.py SLICES [FOLDER]

SLICES is a folder of different slices (Figshare's `.mat` files, or pictures of them), none of which
is a copy of another. Copies are made of some of them, each changed in one or two ways, at most one
of a slice, and all are written as JPEG files into FOLDER (a temporary one unless given). Then this
project's search and what else there is look for pairs of copies among all these files. Recall is
the share of the copies that are paired with their slice, precision the share of the pairs found
that are such pairs. Times include reading the files, and are the faster of two runs. imagehash and
imagededup are run where they are installed: pip install -e .[benchmark]
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from changes import CHANGES, GEOMETRIC, PHOTOMETRIC, encode
from hashers import OTHERS, Pairs
from joblib import Parallel, delayed
from PIL import Image

from brain_tumor_kedro.datasets import FigshareDataset
from brain_tumor_kedro.datasets.source import SourceFile
from brain_tumor_kedro.imaging.copy_finder import find_copies_among
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.quality import to_gray

COPIES_OF_ONE_CHANGE = 60
COPIES_OF_TWO = 1500
#: From each true pair to what was done to the copy.
Truth = dict[frozenset[str], str]


def main(slices: Path, folder: Path) -> None:
    truth = write_files(slices, folder)
    paths = sorted(folder.glob("*.jpg"))
    say(f"{len(paths):,} files, {len(truth):,} of them changed copies, one slice each\n")
    searches = {"this project": search_here} | OTHERS
    found = {
        name: measure(name, search, folder, truth, len(paths)) for name, search in searches.items()
    }
    say("\n" + tabulate_recall(found["this project"], truth).to_string())
    say("\n" + calibrate(paths, truth).to_string())


def search_here(folder: Path) -> Pairs:
    pairs = find_copies_among(sorted(folder.glob("*.jpg")))
    copies = pairs[pairs["relation"] != "relative"]
    return as_pairs(zip(copies["image_a"], copies["image_b"], strict=True))


def measure(
    name: str, search: Callable[[Path], Pairs], folder: Path, truth: Truth, files: int
) -> Pairs:
    """Search twice, report the faster time, and return what was found."""
    seconds = []
    try:
        for _ in range(2):
            started = time.perf_counter()
            found = search(folder)
            seconds.append(time.perf_counter() - started)
    except Exception as error:
        say(f"{name:<38} not run: {type(error).__name__}: {str(error).splitlines()[0][:90]}")
        return set()
    say(score(name, found, truth, min(seconds), files))
    return found


def write_files(slices: Path, folder: Path) -> Truth:
    """Write slices and copies; returns from each true pair to what was done, joined by ` + `."""
    files = {file.image_id: file for file in FigshareDataset(path=str(slices)).load().files}
    names = sorted(files)
    rng = np.random.default_rng(0)
    singles = [(name,) for name in CHANGES for _ in range(COPIES_OF_ONE_CHANGE)]
    both = [pair for pair in permutations(CHANGES, 2) if not all("crop" in n for n in pair)]
    twice = [both[int(rng.integers(len(both)))] for _ in range(COPIES_OF_TWO)]
    wanted = (singles + twice)[: len(names)]
    chosen = rng.permutation(len(names))[: len(wanted)]
    changes: dict[int, tuple[str, ...]] = dict(zip(chosen.tolist(), wanted, strict=True))
    Parallel(n_jobs=-1)(
        delayed(write_slice)(files[name], folder, number, changes.get(number))
        for number, name in enumerate(names)
    )
    ends = {number: (f"{number}.jpg", f"{number}_copy.jpg") for number in changes}
    return {
        frozenset(str(folder / name) for name in ends[number]): " + ".join(done)
        for number, done in changes.items()
    }


def write_slice(
    file: SourceFile, folder: Path, number: int, changes: tuple[str, ...] | None
) -> None:
    gray = read(file)
    rng = np.random.default_rng(number)
    (folder / f"{number}.jpg").write_bytes(encode(gray, 95))
    if changes:
        for name in changes:
            gray = CHANGES[name](gray, rng)
        (folder / f"{number}_copy.jpg").write_bytes(encode(gray, int(rng.integers(75, 96))))


def read(file: SourceFile) -> np.ndarray:
    if file.path.suffix == ".mat":
        return to_gray(file.decode(file.path.read_bytes()).pixels)
    return np.asarray(Image.open(file.path).convert("L"))


def as_pairs(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return {frozenset(map(str, pair)) for pair in pairs}


def score(name: str, found: Pairs, truth: Truth, seconds: float, files: int) -> str:
    right = len(found & truth.keys())
    precision, recall = right / max(len(found), 1), right / len(truth)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    merged = len({path for pair in found - truth.keys() for path in pair})
    return (
        f"{name:<38} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}  "
        f"{merged:>5} images merged with strangers  {seconds:6.2f} s  "
        f"{files / seconds:7,.0f} images/s"
    )


def tabulate_recall(found: Pairs, truth: Truth) -> pd.DataFrame:
    """Recall by kind of change and, for single ones, by change."""
    table = pd.DataFrame(
        {"change": list(truth.values()), "recall": [pair in found for pair in truth]}
    )
    single = ~table["change"].str.contains(r" \+ ")
    kind = table["change"].map(dict.fromkeys(PHOTOMETRIC, "ALL photometric and resampling"))
    kind = kind.fillna(table["change"].map(dict.fromkeys(GEOMETRIC, "ALL crop, pad, mirror, turn")))
    table["kind"] = kind.where(single, "ALL pairs of changes")
    by_kind = table.groupby("kind")["recall"].agg(["mean", "size"])
    return pd.concat([by_kind, table[single].groupby("change")["recall"].agg(["mean", "size"])])


def calibrate(paths: list[Path], truth: Truth) -> pd.DataFrame:
    """The local correlations of copies and of strangers, in two halves of the slices.

    A threshold that lies between the two in one half is tried on the other.
    """
    pairs = find_copies_among(paths, SimilaritySettings(relative_local=0.01))
    both = [frozenset(pair) for pair in zip(pairs["image_a"], pairs["image_b"], strict=True)]
    pairs["copy"] = [pair in truth for pair in both]
    pairs["half"] = [int(Path(min(pair)).stem.split("_")[0]) % 2 for pair in both]
    lines = []
    for half, part in pairs.groupby("half"):
        copies, others = (
            part.loc[part["copy"] == is_copy, "local_correlation"] for is_copy in (1, 0)
        )
        threshold = (copies.quantile(0.005) + others.max()) / 2
        other = pairs[pairs["half"] != half]
        lines.append(
            {
                "copies, lowest 0.5%": copies.quantile(0.005),
                "lowest 5%": copies.quantile(0.05),
                "median": copies.median(),
                "strangers, highest": others.max(),
                "highest 0.1%": others.quantile(0.999),
                "middle": threshold,
                "on the other half: copies below": (
                    other["copy"] & (other["local_correlation"] < threshold)
                ).sum(),
                "strangers above": (
                    ~other["copy"] & (other["local_correlation"] >= threshold)
                ).sum(),
            }
        )
    return pd.DataFrame(lines, index=["half 1", "half 2"]).T.round(4)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(sys.argv[2] if len(sys.argv) == 3 else temporary)
        place.mkdir(parents=True, exist_ok=True)
        main(Path(sys.argv[1]), place)
