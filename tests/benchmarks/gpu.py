"""How fast a GPU trains: python -m tests.benchmarks.gpu, from the repository's root.

Needs no downloads: weights and packed images are random, which changes no speed. In this order, as
far as --minutes allow:

1. study 1's recipe, 5,842 + 655 images of 299 x 299 pixels, 10 epochs with the frozen Xception and
   10 epochs of training all of it, each from nothing to the exported classifier, compilation
   included; the study reports 45 minutes on an H100;
2. Xception at all batch sizes, with a frozen backbone (which runs in every step, behind random
   brightness) and with everything trained;
3. the 16 backbones of study 2 at their own sizes, at one batch size, then at all others. The four
   RadImageNet ones have the architectures of others, so that three of them are not timed again;
   InceptionV3 and InceptionResNetV2 are timed at 299 alone, not at RadImageNet's 224.

Utilization is the part of the card's dense bfloat16 operations that went into convolutions and
dense layers: those of one forward pass where the backbone is frozen, of three where all is trained.

Where only JAX or PyTorch sees the GPU: KERAS_BACKEND=jax python -m tests.benchmarks.gpu. What has
been measured is written to --output after every case, so that nothing is lost by an interruption.
--quick times tiny networks, to see that everything runs.
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import pandas as pd
import yaml
from tests.benchmarks.flops import find_peak, utilization
from tests.benchmarks.throughput import (
    CLASSES,
    OUT_OF_MEMORY,
    Case,
    measure,
    random_images,
    random_manifest,
)

from brain_tumor_kedro.modelling.devices import describe_backend, prepare_device
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

RECIPES = Path(__file__).parents[2] / "conf" / "base" / "parameters_recipes.yml"

#: Of study 2, with Xception of study 1 first.
BACKBONES = (
    "xception", "resnet50", "mobilenet_v2", "efficientnet_b0", "nasnet_mobile", "densenet121",
    "densenet201", "inception_v3", "resnet101", "resnet152", "efficientnet_b3", "efficientnet_b4",
    "convnext_base", "inception_resnet_v2",
)  # fmt: skip
BATCH_SIZES = (128, 32, 64, 256, 512)
PUBLISHED_SECONDS = 45 * 60
IMAGES, SIDE = 2048, 299
STEPS = 32


def list_cases(
    backbones: Sequence[str], batch_sizes: Sequence[int], image_size: int | None
) -> list[Case]:
    """List what is timed: one backbone at all batch sizes, then the others at one, then the rest.

    Args:
        backbones: The most important first.
        batch_sizes: The most important first.
        image_size: Instead of the backbones' own.

    Returns:
        Every combination, with a frozen backbone and without, once.
    """
    order = [
        *((backbones[0], size) for size in batch_sizes),
        *((backbone, size) for size in batch_sizes for backbone in backbones[1:]),
    ]
    return [
        Case(backbone, trainable, size, image_size)
        for backbone, size in order
        for trainable in ("all", "head")
    ]


def time_study_1(trainable: str, quick: bool) -> dict[str, Any]:
    """Train study 1's recipe for 10 epochs of noise.

    Args:
        trainable: `head`, as the study did, or `all`.
        quick: Take a tiny network and a few tiny images.

    Returns:
        Seconds of the whole, of the first epoch and of a later one; or `error`.
    """
    written = yaml.safe_load(RECIPES.read_text())["recipes"]["xception"]
    phase = {"trainable": trainable, "optimizer": "adamax", "learning_rate": 1e-3, "epochs": 10}
    changes: dict[str, Any] = {"weights": "none", "phases": {trainable: phase}}
    numbers, side = (5842, 655), SIDE
    if quick:
        changes |= {"backbone": "sample_cnn", "image_size": 32}
        numbers, side = (40, 8), 40
    recipe = Recipe.model_validate(written | changes)
    images, manifest = random_images(sum(numbers), side), random_manifest(*numbers)
    started = time.perf_counter()
    try:
        result = train(recipe, images, manifest, CLASSES, cache_features=False)
    except Exception as error:  # reported like everything else
        text = " ".join(f"{type(error).__name__}: {error}".split())
        full = any(words in text for words in OUT_OF_MEMORY)
        return {"trainable": trainable, "error": "out of memory" if full else text[:300]}
    finally:
        keras.backend.clear_session()
    epochs = result.history["seconds"]
    return {
        "backbone": recipe.backbone,
        "trainable": trainable,
        "images": numbers[0],
        "epochs": len(epochs),
        "seconds": time.perf_counter() - started,
        "first_epoch_seconds": epochs[0],
        "later_epoch_seconds": epochs[1:].median(),
    }


def run_cases(cases: Sequence[Case], asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Time one case after the other, but none that is larger than one that did not fit."""
    images = random_images(64, 40) if asked.quick else random_images(IMAGES, SIDE)
    full: dict[Case, int] = {}
    for case in cases:
        if time.monotonic() > asked.deadline:
            return
        limit = full.get(replace(case, batch_size=0), sys.maxsize)
        if case.batch_size > limit:
            yield {**asdict(case), "error": f"not tried: {limit} did not fit"}
            continue
        row = {**asdict(case), **measure(case, images, 2 if asked.quick else STEPS)}
        if row.get("error") == "out of memory":
            full[replace(case, batch_size=0)] = case.batch_size
        elif "error" not in row:
            peak = find_peak(row["device"]) if row["precision"] != "float32" else None
            rate = row["images_per_second"]
            row["mfu"] = utilization(row["flops_per_image"], case.trainable, rate, peak)
        yield row


def describe_case(row: dict[str, Any]) -> str:
    """Say in a line what was measured."""
    text = f"{row['backbone']}, {row['trainable']}, batch {row['batch_size']}: "
    if "error" in row:
        return text + row["error"]
    share = "" if row["mfu"] is None else f", {row['mfu']:.1%} of the card"
    seconds = row["first_epoch_seconds"]
    return f"{text}{row['images_per_second']:,.0f} images/s{share} (first epoch {seconds:.0f} s)"


def describe_study_1(row: dict[str, Any], quick: bool) -> str:
    """Say in a line how long study 1's recipe took; a tiny one is not compared."""
    text = f"study 1's recipe, {row['trainable']}: "
    if "error" in row:
        return text + row["error"]
    text += (
        f"{row['seconds']:.1f} s for {row['epochs']} epochs of {row['images']:,} images with "
        f"{row['backbone']}, the first {row['first_epoch_seconds']:.1f} s, a later one "
        f"{row['later_epoch_seconds']:.1f} s"
    )
    times = f"; the published 45 minutes are {PUBLISHED_SECONDS / row['seconds']:.0f} times as long"
    return text if quick else text + times


def make_table(cases: Sequence[dict[str, Any]]) -> str:
    """Tabulate the best batch size of every backbone, as Markdown."""
    rows = pd.DataFrame([row for row in cases if "error" not in row])
    if rows.empty:
        return "Nothing was measured."
    best = rows.loc[
        rows.groupby(["backbone", "trainable"], sort=False)["images_per_second"].idxmax()
    ]
    lines = ["| backbone | trained | GFLOPs | batch | images/s | utilization |", "|---" * 6 + "|"]
    for row in best.to_dict("records"):
        share = "" if pd.isna(row["mfu"]) else f"{row['mfu']:.1%}"
        lines.append(
            f"| {row['backbone']} | {row['trainable']} | {row['flops_per_image'] / 1e9:.3g} | "
            f"{row['batch_size']} | {row['images_per_second']:,.0f} | {share} |"
        )
    return "\n".join(lines)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backbones", nargs="+", default=BACKBONES)
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=BATCH_SIZES)
    parser.add_argument("--minutes", type=float, default=25, help="begin nothing after so many")
    parser.add_argument("--output", type=Path, default=Path("build/gpu_benchmark.json"))
    parser.add_argument("--skip-study-1", action="store_true")
    parser.add_argument("--quick", action="store_true", help="tiny, to see that it runs")
    asked = parser.parse_args()
    asked.deadline = time.monotonic() + 60 * asked.minutes
    if asked.quick:
        asked.backbones, asked.batch_sizes = ["sample_cnn", "mobilenet_v2_035"], [4]
    return asked


def main() -> None:
    asked = parse()
    logging.getLogger("brain_tumor_kedro").setLevel(logging.WARNING)
    device = prepare_device()
    report: dict[str, Any] = {
        "device": device.description,
        "precision": device.precision,
        "backend": describe_backend(),
        "keras": f"Keras {keras.__version__}",
        "quick": asked.quick,
        "study_1": [],
        "cases": [],
    }
    say(", ".join(str(report[key]) for key in ("device", "precision", "backend", "keras")))
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    for trainable in () if asked.skip_study_1 else ("head", "all"):
        if time.monotonic() < asked.deadline:
            report["study_1"].append(time_study_1(trainable, asked.quick))
            say(describe_study_1(report["study_1"][-1], asked.quick))
            asked.output.write_text(json.dumps(report, indent=1))
    cases = list_cases(asked.backbones, asked.batch_sizes, 32 if asked.quick else None)
    for row in run_cases(cases, asked):
        report["cases"].append(row)
        say(describe_case(row))
        asked.output.write_text(json.dumps(report, indent=1))
    left = len(cases) - len(report["cases"])
    say(f"\n{make_table(report['cases'])}\n")
    if left:
        say(f"{left} of {len(cases)} cases were not begun within {asked.minutes:g} minutes.")
    say(f"All figures: {asked.output}")


if __name__ == "__main__":
    main()
