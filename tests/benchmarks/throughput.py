"""How fast one backbone trains at one batch size, through the project's own code."""

import gc
import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from tests.benchmarks.flops import count_flops

from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.optimization import compile_for_phase
from brain_tumor_kedro.modelling.phase_data import choose_data
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.trainable import set_trainable
from brain_tumor_kedro.modelling.training_run import start_run

CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")

#: What libraries call it when the memory of a card does not suffice.
OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "OOM")


@dataclass(frozen=True)
class Case:
    """What is timed.

    Attributes:
        backbone: Its name; it runs at its own size.
        trainable: `head` (the backbone is frozen, and runs in every step) or `all`.
        batch_size: Images per step.
        image_size: Side of the images in the model; None is the backbone's own.
    """

    backbone: str
    trainable: str
    batch_size: int
    image_size: int | None = None


class Timer(keras.callbacks.Callback):
    """Seconds of every epoch; at its end Keras has waited for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._started)


def random_images(images: int, side: int) -> np.ndarray:
    """Draw images of noise, `uint8` `(images, side, side)`."""
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (images, side, side), dtype=np.uint8)


def random_manifest(train: int, val: int) -> pd.DataFrame:
    """Label images in turn, the first `train` of them for training."""
    return pd.DataFrame(
        {
            "row": range(train + val),
            "label": [CLASSES[number % len(CLASSES)] for number in range(train + val)],
            "split": ["train"] * train + ["val"] * val,
        }
    )


def measure(case: Case, images: np.ndarray, steps: int, epochs: int = 3) -> dict[str, Any]:
    """Train some epochs of one case.

    Args:
        case: What is timed.
        images: `uint8` `(n, h, w)`; they are shown several times where an epoch needs more.
        steps: Batches per epoch.
        epochs: The first compiles; the fastest of the others counts.

    Returns:
        `images_per_second`, `first_epoch_seconds`, `flops_per_image`, `precision` and `device`; or
        `error`, where memory did not suffice or anything else went wrong.
    """
    try:
        return _measure(case, images, steps, epochs)
    except Exception as error:  # whatever a backend raises: the other cases are worth having
        text = f"{type(error).__name__}: {error}"
        full = any(words in text for words in OUT_OF_MEMORY)
        return {"error": "out of memory" if full else " ".join(text.split())[:300]}
    finally:
        keras.backend.clear_session()
        gc.collect()


def _measure(case: Case, images: np.ndarray, steps: int, epochs: int) -> dict[str, Any]:
    phase = {"name": "timed", "trainable": case.trainable, "optimizer": "adamax"}
    recipe = Recipe.model_validate(
        {
            "backbone": case.backbone,
            "weights": "none",
            "image_size": case.image_size,
            "batch_size": case.batch_size,
            "head": {"dense": [128], "dropout": 0.3},
            "augmentation": "study_1",
            "phases": [phase | {"learning_rate": 1e-3, "epochs": epochs}],
        }
    )
    manifest = random_manifest(steps * case.batch_size, 1)
    manifest["row"] %= len(images)
    run = start_run(
        recipe, images, manifest, CLASSES, 0, None, Compute(), False, Pretrained()
    )  # fmt: skip
    set_trainable(run.classifier, recipe, recipe.phases[0])
    data = choose_data(run, recipe.phases[0])
    compile_for_phase(data.model, recipe, recipe.phases[0], steps, data.steps_per_execution)
    timer = Timer()
    data.model.fit(
        data.train,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=EpochCallbacks([timer], add_history=True, model=data.model),
    )
    return {
        "images_per_second": steps * case.batch_size / min(timer.seconds[1:]),
        "first_epoch_seconds": timer.seconds[0],
        "flops_per_image": count_flops(run.classifier),
        "precision": run.precision,
        "device": run.device.description,
        "resident": run.resident is not None,
    }
