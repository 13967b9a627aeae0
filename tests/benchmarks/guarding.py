"""Guards against foreign images: what each method reaches, and what the chosen one costs.

Methods are compared twice: on validation slices and half of the foreign kinds, by which one may
choose, and on test slices and the other half, which say whether the choice holds. Every threshold
is the 99% rank of validation. The cost is that of a bundle's pass (folded, telling style, then
scored) against a bare `model.predict` of the same classifier, in turns.

    python tests/benchmarks/guarding.py DATA_DIR [--task tumor_type] [--each 40] [--rounds 5]

DATA_DIR is that of a run that curated and trained; the newest version of each file counts.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from brain_tumor_kedro.assessment.guard import Guard, fit_guard
from brain_tumor_kedro.imaging.changed import RUINED, change
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import to_gray
from brain_tumor_kedro.sample.foreign import DRAWN, PHOTOS, draw_stranger
from brain_tumor_kedro.serving.forward import Forward

#: Kinds by which one may choose; all others confirm.
CHOICE = (
    "page", "dark_page", "screenshot", "white_noise", "texture", "gradient", "chest_phantom",
    "photograph", "mri_patch",
)  # fmt: skip
BATCH = 64
LEVEL = 0.99
Score = Callable[[dict[str, np.ndarray]], np.ndarray]


def newest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.parent.name)


def look(forward: Forward, images: np.ndarray) -> dict[str, np.ndarray]:
    parts = [
        forward.look(np.asarray(images[start : start + BATCH]))
        for start in range(0, len(images), BATCH)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def draw_foreign(images: np.ndarray, rows: np.ndarray, each: int) -> dict[str, np.ndarray]:
    side = images.shape[1]
    drawn = {
        kind: [to_gray(draw_stranger(kind, number).pixels) for number in range(each)]
        for kind in (*DRAWN, *PHOTOS)
        if kind != "head_phantom"
    }
    squares = {
        kind: np.stack([fit_square(one, side) for one in every]) for kind, every in drawn.items()
    }
    for kind in RUINED:
        squares[kind] = np.stack([change(images[row], kind, (0, row)) for row in rows[:each]])
    return squares


def nearest(values: np.ndarray, of: Callable[[dict[str, np.ndarray]], np.ndarray], k: int) -> Score:
    index = NearestNeighbors(n_neighbors=k).fit(values)
    return lambda parts: index.kneighbors(of(parts))[0][:, -1]


def mahalanobis(values: np.ndarray, labels: np.ndarray, name: str, relative: bool) -> Score:
    classes = np.unique(labels)
    centers = np.stack([values[labels == label].mean(axis=0) for label in classes])
    within = values - centers[np.searchsorted(classes, labels)]
    inner, outer = LedoitWolf(assume_centered=True).fit(within), LedoitWolf().fit(values)

    def score(parts: dict[str, np.ndarray]) -> np.ndarray:
        away = [inner.mahalanobis(parts[name] - center) for center in centers]
        return np.min(away, axis=0) - (outer.mahalanobis(parts[name]) if relative else 0)

    return score


def list_methods(
    train: dict[str, np.ndarray], labels: np.ndarray, guard: Guard
) -> Iterator[tuple[str, Score]]:
    yield "least probable answer", lambda parts: -parts["raw"].max(axis=1)
    for name in ("features", "style"):
        values = train[name]
        for k in (1, 5):
            yield f"{name}: {k} neighbors", nearest(values, lambda p, n=name: p[n], k)
            unit = lambda p, n=name: normalize(p[n])  # noqa: E731
            yield f"{name}: {k} neighbors, cosine", nearest(unit(train), unit, k)
        if values.shape[1] <= 2500:
            yield f"{name}: Mahalanobis", mahalanobis(values, labels, name, relative=False)
            yield f"{name}: relative Mahalanobis", mahalanobis(values, labels, name, relative=True)
    yield "style: Mahalanobis in main directions (the guard)", lambda p: guard.score(p["style"])


def compare(
    methods: Iterator[tuple[str, Score]],
    good: dict[str, dict[str, np.ndarray]],
    foreign: dict[str, dict[str, np.ndarray]],
) -> pd.DataFrame:
    rows = []
    for name, score in methods:
        scores = {split: score(parts) for split, parts in good.items()}
        away = {kind: score(parts) for kind, parts in foreign.items()}
        n = len(scores["val"])
        limit = np.sort(scores["val"])[min(n, int(np.ceil((n + 1) * LEVEL))) - 1]
        row: dict[str, object] = {"method": name}
        for split, chosen in (("val", True), ("test", False)):
            kinds = {kind: one for kind, one in away.items() if (kind in CHOICE) == chosen}
            areas = {kind: area(one, scores[split]) for kind, one in kinds.items()}
            together = np.concatenate(list(kinds.values()))
            row |= {
                f"{split} AUROC": area(together, scores[split]),
                f"{split} worst": min(areas.values()),
                f"{split} worst kind": min(areas, key=areas.__getitem__),
                f"{split} caught": (together > limit).mean(),
                f"{split} good flagged": (scores[split] > limit).mean(),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def area(positive: np.ndarray, negative: np.ndarray) -> float:
    truth = np.repeat([1, 0], [len(positive), len(negative)])
    return float(roc_auc_score(truth, np.concatenate([positive, negative])))


def measure_cost(
    classifier: keras.Model, forward: Forward, guard: Guard, images: np.ndarray, rounds: int
) -> None:
    def guarded() -> None:
        for start in range(0, len(images), BATCH):
            guard.score(forward.look(images[start : start + BATCH])["style"])

    ways = {
        "bare": lambda: classifier.predict(images, batch_size=BATCH, verbose=0),
        "guarded": guarded,
        "score alone": lambda: guard.score(np.tile(guard.centers[:1], (len(images), 1))),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, work in ways.items():
            began = time.perf_counter()
            work()
            if number:  # the first compiles
                seconds[name].append(time.perf_counter() - began)
    median = {name: float(np.median(each)) for name, each in seconds.items()}
    for name, each in median.items():
        sys.stdout.write(f"{name:12} {len(images) / each:10.1f} images/s\n")
    ratios = np.array(seconds["bare"]) / np.array(seconds["guarded"])
    sys.stdout.write(f"guarded throughput against bare: median of pairs {np.median(ratios):.1%}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--task", default="tumor_type")
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder, task = options.data_dir, options.task
    manifest = kept(pd.read_parquet(newest(folder, f"03_primary/{task}/manifest.parquet/*/*")))
    images = np.load(newest(folder, f"05_model_input/{task}/images.npy/*/*"), mmap_mode="r")
    classifier = keras.saving.load_model(
        newest(folder, f"06_models/{task}/classifier.keras/*/*"), compile=False
    )
    rows = {split: part["row"].to_numpy(int) for split, part in manifest.groupby("split")}
    labels = manifest.set_index("row")["label"]
    forward = Forward(classifier, style=True)
    known = {split: look(forward, images[rows[split]]) for split in ("train", "val", "test")}
    spread = np.random.default_rng(0).permutation(rows["test"])
    foreign = draw_foreign(images, spread, options.each)
    seen = {kind: look(forward, squares) for kind, squares in foreign.items()}
    train, own = known.pop("train"), labels[rows["train"]].to_numpy()
    ids = [str(row) for row in rows["train"]]
    guard = fit_guard(
        train["style"], own, known["val"]["style"], features=train["features"], image_ids=ids
    )
    table = compare(list_methods(train, own, guard), known, seen)
    sys.stdout.write(table.to_string(index=False, float_format="{:.4f}".format) + "\n")
    measure_cost(classifier, forward, guard, np.asarray(images[:512]), options.rounds)


if __name__ == "__main__":
    main()
