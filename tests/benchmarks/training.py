"""How fast training is: python tests/benchmarks/training.py DATA_DIR WEIGHTS [--only SECTION ...]

DATA_DIR holds what curation left (`03_primary`, `05_model_input`), WEIGHTS is the file
mobilenet_v2_0.35_224_notop.weights.h5 of Keras's applications, or `none`. Every section measures
both sides of its ratio in this process, one after the other, on the same images, rows and cores:

cache   ten epochs of a head, features cached, against the frozen backbone in the loop
input   packed images to batches, against JPEG files through ImageDataGenerator, at their size
wait    the share of a fine-tuning epoch in which the step waits for its batch
recipe  a whole recipe, against a script that does what study 1 did, to the end and from files

Times are of a wall clock; CPU times of all threads stand beside them, since only a quiet machine
gives true ratios of the first. Training and validation rows alone are read, no test image.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pandas as pd
from curated import CLASSES, Data, read_data
from plain_training import (
    BRIGHTNESS,
    DESCRIPTION,
    EPOCHS,
    SIDE,
    build_plain,
    fit_frozen,
    read_pictures,
    run_study,
    write_pictures,
)
from reading import read_all, read_changed, read_packed
from timing import Run, timed
from waiting import WaitingClock

from brain_tumor_kedro.imaging.manifest import is_phantom
from brain_tumor_kedro.modelling import phases
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

HEAD = {
    "name": "head",
    "trainable": "head",
    "augment": False,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "epochs": EPOCHS,
}
FINE_TUNING = {
    "name": "fine_tune",
    "trainable": "all",
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "schedule": {"kind": "cosine", "warmup": 1.0},
    "epochs": 5,
    "ema": 0.99,
}
#: What this project's side of `recipe` does besides its phases.
OPTIONS = {
    "image_size": 160,
    "label_smoothing": 0.1,
    "augmentation": {
        "brightness": BRIGHTNESS,
        "contrast": (0.9, 1.1),
        "horizontal_flip": True,
        "rotation": 10,
        "translation": 0.05,
        "zoom": 0.1,
    },
}
#: Images that the slow side of `input` reads.
FEW = 960
#: What is asked for.
GOALS = {"cache": "8 or more", "input": "50 or more", "wait": "below 0.02", "recipe": "3 or more"}
#: Of the table at the end.
Line = dict[str, Any]


def main(data: Data, sections: list[str]) -> None:
    splits = data.manifest["split"].value_counts()
    kind = "PHANTOM images" if is_phantom(data.manifest) else "images"
    say(
        f"{splits['train']:,} training and {splits['val']:,} validation {kind}, packed at "
        f"{data.images.shape[1]} x {data.images.shape[2]}; Keras {keras.__version__} on "
        f"{keras.backend.backend()}, {os.cpu_count()} cores"
    )
    warm_up(data)
    lines: list[Line] = []
    for section in sections:
        say(f"\n{section}, load of the machine {os.getloadavg()[0]:.1f}")
        lines += SECTIONS[section](data)
    table = pd.DataFrame(lines).round(4)
    table["asked"] = table["section"].map(GOALS)
    say("\n" + table.to_string(index=False, na_rep=""))


def measure_cache(data: Data) -> list[Line]:
    """The cached side goes first and last, so that a machine that changes shows."""
    cached = [shown("cached", time_head(data, cache_features=True))]
    plain = shown("Keras alone", time_plain_head(data))
    loop = shown("not cached", time_head(data, cache_features=False))
    cached.append(shown("cached, again", time_head(data, cache_features=True)))
    return [
        compare("cache", "the same loop, not cached", loop, cached),
        compare("cache", "Keras's fit alone", plain, cached),
    ]


def time_head(data: Data, *, cache_features: bool) -> Run:
    """From the built model to the trained head, the features included."""
    spent: list[Run] = []
    run_phase = phases._run_phase

    def run_timed(*args: Any) -> None:
        spent.append(timed(lambda: run_phase(*args)))

    with mock.patch.object(phases, "_run_phase", run_timed):
        recipe = data.recipe(HEAD)
        result = train(recipe, data.images, data.manifest, CLASSES, cache_features=cache_features)
    return replace(spent[0], result=f"{result.history['val_accuracy'].iloc[-1]:.4f}")


def time_plain_head(data: Data) -> Run:
    """The same for Keras alone: images in memory, the base frozen, `fit`."""
    model = build_plain(data.weights, len(CLASSES), from_uint8=True)
    splits = [
        (np.asarray(data.images[rows])[..., None], labels)
        for rows, labels in map(data.rows, ("train", "val"))
    ]
    return timed(lambda: fit_frozen(model, *splits))


def measure_input(data: Data) -> list[Line]:
    rows, _ = data.rows("train")
    sides = {"packed": read_packed(data, rows), "files": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        chosen = rows[:FEW]
        write_pictures(folder, data.images, chosen, [CLASSES[0]] * len(chosen))
        side = data.images.shape[1]
        files = read_pictures(folder, side, CLASSES[:1], train=True)
        for _ in range(2):
            sides["packed"] += read_packed(data, rows)
            sides["files"].append(read_all(files, len(chosen)))
    packed, slow = (max(rates) for rates in sides.values())
    say(f"  packed images to shuffled batches of 32 {packed:12,.0f} images/s")
    say(f"  JPEG files, brightness {BRIGHTNESS}, the same {slow:8,.0f} images/s")
    say("  The packed side has no brightness in it: that runs in the graph, with the step.")
    say(f"  With it, on this processor: {read_changed(data, rows):,.0f} images/s")
    return [{"section": "input", "against": "ImageDataGenerator", "times": packed / slow}]


def measure_wait(data: Data) -> list[Line]:
    """The second epoch of fine-tuning, when all is compiled."""
    clock = WaitingClock()
    recipe = data.recipe(FINE_TUNING | {"epochs": 2}, **OPTIONS)
    with clock.in_fit():
        train(recipe, data.images, data.manifest, CLASSES, on_epoch=clock.end_epoch)
    waited, total = clock.epochs[-1]
    say(f"  {waited:.2f} s of {total:.1f} s")
    return [{"section": "wait", "against": "the epoch's steps", "times": waited / total}]


def measure_recipe(data: Data) -> list[Line]:
    """The size that suits the recipe, and the script's own, to tell the two effects apart."""
    recipe = data.recipe(HEAD, FINE_TUNING, **OPTIONS)
    same_size = data.recipe(HEAD, FINE_TUNING, **OPTIONS | {"image_size": SIDE})
    say(f"the script:\n{DESCRIPTION}")
    say(f"this project, its batch normalization in inference mode too:\n{describe(recipe)}")
    ours = [shown("this project", time_recipe(data, recipe, seed=0))]
    with tempfile.TemporaryDirectory() as place:
        folders = {split: Path(place) / split for split in ("train", "val")}
        for split, folder in folders.items():
            rows, labels = data.rows(split)
            write_pictures(folder, data.images, rows, [CLASSES[label] for label in labels])
        study = timed(lambda: run_study(folders["train"], folders["val"], CLASSES, data.weights))
    shown("the script", study)
    ours.append(shown("another seed", time_recipe(data, recipe, seed=1)))
    larger = [shown(f"at {SIDE} px", time_recipe(data, same_size, seed=0))]
    return [
        compare("recipe", "study 1's script", study, ours),
        compare("recipe", f"the same, both at {SIDE} px", study, larger),
    ]


def describe(recipe: Recipe) -> str:
    settings = recipe.model_dump(mode="json", exclude_none=True)
    phases = {f"phase {phase.pop('name')}": phase for phase in settings.pop("phases")}
    return "\n".join(
        f"  {name}: {json.dumps(value)}" for name, value in (settings | phases).items()
    )


def time_recipe(data: Data, recipe: Recipe, *, seed: int) -> Run:
    """Everything, from building the model to the exported one."""
    run = timed(lambda: train(recipe, data.images, data.manifest, CLASSES, seed))
    summary, history = run.result.summary, run.result.history
    epochs = " + ".join(map(str, summary["epochs_by_phase"].values()))
    reached = history["val_accuracy"][summary["kept_epoch"]]
    return replace(run, result=f"{reached:.4f} after {epochs} epochs")


def warm_up(data: Data) -> None:
    """Let TensorFlow start its threads, outside of what is timed."""
    build_plain("none", 2, from_uint8=True).predict(data.images[:2, ..., None], verbose=0)


def compare(section: str, name: str, slow: Run, fast: list[Run]) -> Line:
    mean = {
        clock: sum(getattr(run, clock) for run in fast) / len(fast)
        for clock in ("seconds", "cpu_seconds")
    }
    return {
        "section": section,
        "against": name,
        "times": slow.seconds / mean["seconds"],
        "in CPU": slow.cpu_seconds / mean["cpu_seconds"],
    }


def shown(name: str, run: Run) -> Run:
    say(f"  {name:<14} {run}  validation accuracy {run.result}")
    return run


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


SECTIONS = {
    "cache": measure_cache,
    "input": measure_input,
    "wait": measure_wait,
    "recipe": measure_recipe,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("weights")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    arguments = parser.parse_args()
    main(read_data(arguments.data_dir, arguments.weights), arguments.only)
