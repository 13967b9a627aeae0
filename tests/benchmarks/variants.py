"""What helps a small classifier, and what does not: one change at a time, several seeds.

Run by hand, never by pytest: `python tests/benchmarks/variants.py <data_dir> <weights file>`.
Everything goes through `modelling.phases.train`. To tell small differences apart, more images than
those of the validation split are judged: training folds 0 to 3 are trained on, fold 4 and the
validation split are judged, and no test image is read. Differences are paired by seed. Results are
appended to `--out` as they come, and what stands there already is not computed again; several
processes may share the work by `--only`.
"""

import argparse
import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, log_loss

from brain_tumor_kedro.modelling.inference import predict
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.tasks import TUMOR_TYPE

#: The training fold that is judged with the validation split.
JUDGED_FOLD = 4

#: The recipe `mobilenet_v2_035` at half its epochs and a smaller size, so that many fit in an hour.
BASE: Mapping[str, Any] = {
    "backbone": "mobilenet_v2_035",
    "image_size": 128,
    "head": {"dropout": 0.2},
    "augmentation": {
        "horizontal_flip": True,
        "rotation": 10,
        "translation": 0.05,
        "zoom": 0.1,
        "brightness": [0.8, 1.2],
        "contrast": [0.9, 1.1],
    },
    "label_smoothing": 0.1,
    "phase": {
        "name": "fine_tune",
        "trainable": "all",
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": {"kind": "cosine", "warmup": 1},
        "ema": 0.99,
        "epochs": 10,
    },
}

#: Strong augmentation, against the mild one of the base.
STRONG = {
    "horizontal_flip": True,
    "rotation": 20,
    "translation": 0.1,
    "zoom": 0.2,
    "shear": 0.1,
    "brightness": [0.6, 1.4],
    "contrast": [0.7, 1.3],
}

#: What each variant changes.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "base": {},
    "head alone": {"augmentation": {}, "phase": {"trainable": "head"}},
    "192 px": {"image_size": 192},
    "20 epochs": {"phase": {"epochs": 20}},
    "rate 3e-4": {"phase": {"learning_rate": 3e-4}},
    "rate 3e-3": {"phase": {"learning_rate": 3e-3}},
    "no augmentation": {"augmentation": {}},
    "strong augmentation": {"augmentation": STRONG},
    "no average of the weights": {"phase": {"ema": None}},
    "no label smoothing": {"label_smoothing": 0.0},
    "balanced class weights": {"class_weights": "balanced"},
    "batch normalization trained": {"phase": {"train_batch_norm": True}},
}


def make_recipe(changes: Mapping[str, Any], weights: str) -> Recipe:
    """Change the base."""
    values = {**BASE, "weights": weights, **changes}
    phase = {**BASE["phase"], **changes.get("phase", {})}
    del values["phase"]
    return Recipe.model_validate({**values, "phases": [phase]})


def score(
    images: np.ndarray, manifest: pd.DataFrame, name: str, weights: str, seed: int
) -> dict[str, Any]:
    """Train one variant, and say what its kept weights reach on the images that are judged."""
    recipe = make_recipe(VARIANTS[name], weights)
    result = train(recipe, images, manifest, TUMOR_TYPE.classes, seed)
    rows = manifest[manifest["split"] == "val"]
    one_side, both = (
        reached(model, images, rows) for model in (result.model, average_mirrored(result.model))
    )
    return {
        "variant": name,
        "seed": seed,
        **one_side,
        **{f"mirrored_{key}": value for key, value in both.items()},
        "seconds": float(result.history["seconds"].sum()),
    }


def reached(model: keras.Model, images: np.ndarray, rows: pd.DataFrame) -> dict[str, float]:
    """Predict with the finished classifier."""
    probabilities = predict(model, images, rows["row"].to_numpy(dtype=np.int64))
    truth = rows["label"].map(TUMOR_TYPE.classes.index).to_numpy()
    predicted = probabilities.argmax(axis=1)
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "f1": float(f1_score(truth, predicted, average="macro")),
        "loss": float(log_loss(truth, probabilities)),
    }


def tabulate(results: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over seeds, and the difference from the base, paired by seed."""
    by_variant = {name: results[results["variant"] == name].set_index("seed") for name in VARIANTS}
    base = by_variant["base"]
    mirrored = base.assign(accuracy=base["mirrored_accuracy"], f1=base["mirrored_f1"])
    by_variant["mirror image averaged in"] = mirrored
    return pd.DataFrame(
        {"variant": name, **_describe(found, base)}
        for name, found in by_variant.items()
        if len(found)
    )


def _describe(found: pd.DataFrame, base: pd.DataFrame) -> dict[str, Any]:
    points = (found["accuracy"] - base["accuracy"]).dropna() * 100
    return {
        "seeds": len(found),
        "accuracy": _spread(found["accuracy"]),
        "macro F1": _spread(found["f1"]),
        "difference, points": f"{points.mean():+.1f} ({points.std():.1f})",
        "seconds": round(found["seconds"].mean()),
    }


def _spread(values: pd.Series) -> str:
    return f"{values.mean():.3f} ({values.std():.3f})"


def _newest(data_dir: Path, pattern: str) -> Path:
    found = sorted(data_dir.glob(pattern))
    if not found:
        raise SystemExit(f"Expected {pattern} in {data_dir}, found nothing. Curate first.")
    return found[-1]


def judged(manifest: pd.DataFrame) -> pd.DataFrame:
    """Leave the test split out, and judge training fold 4 with the validation split."""
    manifest = manifest[manifest["split"].isin(["train", "val"])]
    judge = (manifest["split"] == "val") | (manifest["fold"] == JUDGED_FOLD)
    return manifest.assign(split=np.where(judge, "val", "train"))


def read_results(path: Path) -> list[dict[str, Any]]:
    """Read what is computed already, by this process or another."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("weights")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=Path("variants.jsonl"))
    given = parser.parse_args()
    images = np.load(
        _newest(given.data_dir, "05_model_input/tumor_type/images.npy/*/images.npy"), mmap_mode="r"
    )
    manifest = judged(
        pd.read_parquet(
            _newest(given.data_dir, "03_primary/tumor_type/manifest.parquet/*/manifest.parquet")
        )
    )
    for seed, name in product(range(given.seeds), given.only):
        done = {(row["variant"], row["seed"]) for row in read_results(given.out)}
        if (name, seed) not in done:
            result = score(images, manifest, name, given.weights, seed)
            with given.out.open("a") as file:
                file.write(json.dumps(result) + "\n")
    counts = manifest["split"].value_counts()
    print(f"{counts['train']} images trained on, {counts['val']} judged")  # noqa: T201
    results = pd.DataFrame(read_results(given.out))
    print(tabulate(results).to_string(index=False))  # noqa: T201
    gain = (results["mirrored_accuracy"] - results["accuracy"]) * 100
    print(  # noqa: T201
        f"The mirror image averaged in: {gain.mean():+.1f} points over all {len(gain)} runs, "
        f"better in {(gain > 0).sum()}, worse in {(gain < 0).sum()}"
    )


if __name__ == "__main__":
    main()
