"""What all phases of a training share."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.batches import LabelledRows, select_rows
from brain_tumor_kedro.modelling.best_weights import BestWeights
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.devices import (
    Device,
    make_deterministic,
    prepare_device,
    resolve_precision,
)
from brain_tumor_kedro.modelling.distribution import Distribution
from brain_tumor_kedro.modelling.feature_store import FeatureStore
from brain_tumor_kedro.modelling.history import History, OnEpoch
from brain_tumor_kedro.modelling.phase_settings import POSITIVE_METRIC, Phase
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.resident import Resident, stays_resident

logger = logging.getLogger(__name__)

#: Seeds are smaller: so many does NumPy take.
SEEDS = 2**32


@dataclass
class Resumed:
    """What a training has of runs that were interrupted.

    Attributes:
        at: After how many epochs it went on, for each time.
        seconds: How long those runs took, up to there.
    """

    at: list[int] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class TrainingRun:
    """A training under way.

    Attributes:
        recipe: What is trained and how.
        classes: Class labels in the order of the outputs.
        positive: Place of the positive class, where there are two classes and one of them is.
        images: Packed images, `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        train: Rows that are trained on.
        val: Rows that are validated on.
        seed: Of weights, order, dropout and augmentation.
        compute: How it is computed.
        cache_features: Whether the features of a frozen backbone are computed once.
        device: What computes.
        precision: Keras dtype policy of backbone and head.
        classifier: What is trained.
        history: Epochs as they come.
        best: The best weights so far.
        features: Of training and validation images, in one array, while the backbone that they come
            from has not been trained since; else empty.
        trainable_parameters: Of each phase that has begun.
        best_epochs: Of each phase that has ended.
        resident: The images in the memory of the device, where they are kept there.
        distribution: Which devices share its steps.
        store: Features that it shares with other trainings.
        resumed: What it has of interrupted runs.
        started: Seconds of the clock at the start.
    """

    recipe: Recipe
    classes: Sequence[str]
    positive: int | None
    images: np.ndarray
    train: LabelledRows
    val: LabelledRows
    seed: int
    compute: Compute
    cache_features: bool
    device: Device
    precision: str
    classifier: keras.Model
    history: History
    best: BestWeights
    features: list[np.ndarray] = field(default_factory=list)
    trainable_parameters: dict[str, int] = field(default_factory=dict)
    best_epochs: dict[str, int] = field(default_factory=dict)
    resident: Resident | None = None
    distribution: Distribution = field(default_factory=Distribution)
    store: FeatureStore | None = None
    resumed: Resumed = field(default_factory=Resumed)
    started: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        """Say how long it has taken so far, runs that were interrupted included."""
        return self.resumed.seconds + time.perf_counter() - self.started


def start_run(
    recipe: Recipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    seed: int,
    on_epoch: OnEpoch | None,
    compute: Compute,
    cache_features: bool,
    pretrained: Pretrained,
    positive: Sequence[str] = (),
) -> TrainingRun:
    """Check the data, prepare the device and build the classifier; see `phases.train`."""
    started = time.perf_counter()
    _check_seed(seed)
    recipe.head.check_classes(classes)
    place = _place_positive(classes, positive)
    _check_monitors(recipe, place)
    rows = _select_splits(images, manifest, classes)
    device = prepare_device()
    if compute.deterministic:
        make_deterministic()
    precision = resolve_precision(recipe.precision, device)
    logger.info("Training %s on %s in %s", recipe.backbone, device.description, precision)
    keras.utils.set_random_seed(seed)
    channels = 1 if images.ndim == 3 else 3
    classifier = build_classifier(
        recipe, classes, channels=channels, precision=precision, pretrained=pretrained
    )
    return TrainingRun(
        recipe=recipe,
        classes=classes,
        positive=place,
        images=images,
        train=rows["train"],
        val=rows["val"],
        seed=seed,
        compute=compute,
        cache_features=cache_features,
        device=device,
        precision=precision,
        classifier=classifier,
        history=History(on_epoch),
        best=BestWeights(classifier),
        resident=_keep_on_device(recipe, images, compute, device, cache_features),
        started=started,
    )


def is_fitted_on_images(recipe: Recipe, phase: Phase, cache_features: bool) -> bool:
    """Say whether a phase is fitted on images, and not on features that are computed beforehand.

    Args:
        recipe: Its augmentation is used.
        phase: One of its phases.
        cache_features: Whether features of a frozen backbone are computed once at all.

    Returns:
        Whether it is.
    """
    changes = phase.augment and recipe.augmentation.active
    fixed = not changes or phase.views is not None
    return not (phase.trainable == "head" and cache_features and fixed)


def _keep_on_device(
    recipe: Recipe, images: np.ndarray, compute: Compute, device: Device, cache_features: bool
) -> Resident | None:
    """Copy the images to the device, where a phase will look them up there again and again."""
    wanted = any(is_fitted_on_images(recipe, phase, cache_features) for phase in recipe.phases)
    return Resident(images) if wanted and stays_resident(compute, images, device) else None


def _check_seed(seed: int) -> None:
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < SEEDS:
        raise ValueError(f"Expected a whole number from 0 to {SEEDS - 1} as seed, found {seed!r}.")


def _place_positive(classes: Sequence[str], positive: Sequence[str]) -> int | None:
    """Find the positive class, where there are two classes and one of them is."""
    places = [place for place, label in enumerate(classes) if label in positive]
    return places[0] if len(classes) == 2 and len(places) == 1 else None


def _check_monitors(recipe: Recipe, positive: int | None) -> None:
    """Refuse to watch what no epoch would log: Keras would warn, and train on to the end."""
    for phase in recipe.phases if positive is None else ():
        for monitor in phase.monitors:
            if monitor.endswith(POSITIVE_METRIC):
                raise ValueError(
                    f"Phase {phase.name!r} watches {monitor}, which there is only where two "
                    "classes are told apart and one of them is the positive one. Use another "
                    f"recipe, or watch {monitor.removesuffix('_positive')}, the mean over classes."
                )


def _select_splits(
    images: np.ndarray, manifest: pd.DataFrame, classes: Sequence[str]
) -> dict[str, LabelledRows]:
    rows = {split: select_rows(images, manifest, classes, split) for split in ("train", "val")}
    present = np.bincount(rows["train"].labels, minlength=len(classes))
    missing = [label for label, count in zip(classes, present, strict=True) if not count]
    if missing:
        raise ValueError(f"The manifest has no training image of {', '.join(missing)}.")
    if not len(rows["val"].rows):
        raise ValueError("The manifest has no validation image: no row's split is `val`.")
    return rows
