"""Training: a recipe's phases, one after the other."""

import logging
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.batches import (
    Batches,
    LabelledRows,
    balanced_weights,
    select_rows,
)
from brain_tumor_kedro.modelling.best_weights import BestWeights
from brain_tumor_kedro.modelling.classifier import (
    HEAD_LAYER,
    build_classifier,
    count_parameters,
    fingerprint,
    set_trainable,
)
from brain_tumor_kedro.modelling.devices import prepare_device, resolve_precision
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.history import EpochRecorder, History, OnEpoch
from brain_tumor_kedro.modelling.optimization import compile_for_phase, stopping_callback
from brain_tumor_kedro.modelling.progress import ProgressBar
from brain_tumor_kedro.modelling.recipes import Augmentation, Phase, Recipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves.

    Attributes:
        model: The classifier, in `float32`, not compiled, without augmentation.
        history: One row per epoch, columns `history.COLUMNS`.
        summary: What was trained on what, as JSON can hold it.
    """

    model: keras.Model
    history: pd.DataFrame
    summary: dict[str, Any]


@dataclass(frozen=True)
class _Training:
    """What all phases share."""

    recipe: Recipe
    classifier: keras.Model
    images: np.ndarray
    classes: int
    train: LabelledRows
    val: LabelledRows
    seed: int
    cache_features: bool
    history: History
    best: BestWeights
    trainable_parameters: dict[str, int] = field(default_factory=dict)
    best_epochs: dict[str, int] = field(default_factory=dict)


def train(
    recipe: Recipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    seed: int = 0,
    on_epoch: OnEpoch | None = None,
    *,
    cache_features: bool = True,
) -> TrainingResult:
    """Train a recipe's classifier on the `train` split, with an eye on the `val` split.

    Args:
        recipe: What to train and how.
        images: Packed images, `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        manifest: Columns `row`, `label`, `split`; images without a split are left out.
        classes: Class labels in the order of the classifier's outputs.
        seed: Of weights, order, dropout and augmentation.
        on_epoch: Called at the end of each epoch with its number, from 0 and across phases, and
            its loss, metrics, learning rate and seconds.
        cache_features: Compute the features of a frozen backbone once, where nothing random
            touches its input. False does the same, slower.

    Returns:
        The classifier, its history and a summary.

    Raises:
        ValueError: Where images or manifest are not as described, a class has no training image,
            or there are no validation images.
        WeightsUnavailableError: Where ImageNet weights can be neither found nor fetched.
        TrainingDivergedError: Where the loss is no number any more.
    """
    started = time.perf_counter()
    rows = _select_splits(images, manifest, classes)
    device = prepare_device()
    precision = resolve_precision(recipe.precision, device)
    logger.info("Training %s on %s in %s", recipe.backbone, device.description, precision)
    keras.utils.set_random_seed(seed)
    channels = 1 if images.ndim == 3 else 3
    classifier = build_classifier(recipe, classes, channels=channels, precision=precision)
    training = _Training(
        recipe=recipe,
        classifier=classifier,
        images=images,
        classes=len(classes),
        train=rows["train"],
        val=rows["val"],
        seed=seed,
        cache_features=cache_features,
        history=History(on_epoch),
        best=BestWeights(classifier),
    )
    for phase in recipe.phases:
        _run_phase(training, phase)
    model = _export(classifier, recipe, classes)
    summary = {
        **_summarize(training, model),
        "seconds": time.perf_counter() - started,
        "device": device.description,
        "precision": precision,
    }
    return TrainingResult(model, training.history.table(), summary)


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


def _run_phase(training: _Training, phase: Phase) -> None:
    set_trainable(training.classifier, training.recipe, phase.trainable)
    training.trainable_parameters[phase.name] = count_parameters(training.classifier)["trainable"]
    model, batches, val_batches = _prepare(training, phase)
    compile_for_phase(model, phase, training.recipe.label_smoothing)
    callbacks = [
        ProgressBar(f"Training {phase.name}", len(batches)),
        EpochRecorder(training.history, phase.name, batches),
    ]
    stopping = stopping_callback(phase.early_stopping) if phase.early_stopping else None
    first = len(training.history.rows)
    model.fit(
        batches,
        validation_data=val_batches,
        epochs=phase.epochs,
        shuffle=False,  # the batches shuffle themselves
        verbose=0,
        callbacks=[*callbacks, stopping] if stopping else callbacks,
    )
    last = len(training.history.rows) - 1
    training.best_epochs[phase.name] = first + stopping.best_epoch if stopping else last
    if stopping:
        training.best.end_phase(first, stopping)
    else:
        training.best.take_last(last)


def _prepare(training: _Training, phase: Phase) -> tuple[keras.Model, Batches, Batches]:
    """Choose what is fitted, and on what: images, or features of a backbone that stands still."""
    augmentation = training.recipe.augmentation if phase.augment else Augmentation()
    frozen = phase.trainable == "head" and not augmentation.active
    if frozen and training.cache_features:
        logger.info("Computing features for phase %s", phase.name)
        rows = np.concatenate([training.train.rows, training.val.rows])
        features = compute_features(
            training.classifier, training.images, rows, training.recipe.batch_size
        )
        number = np.arange(len(rows))
        cut = len(training.train.rows)
        model = training.classifier.get_layer(HEAD_LAYER)
        return model, *_batches(training, features, number[:cut], number[cut:])
    # Every phase draws other random changes.
    seed = training.seed + 10 * len(training.best_epochs)
    model = with_augmentation(training.classifier, augmentation, training.images.shape[1:], seed)
    return model, *_batches(training, training.images, training.train.rows, training.val.rows)


def _batches(
    training: _Training, array: np.ndarray, train_rows: np.ndarray, val_rows: np.ndarray
) -> tuple[Batches, Batches]:
    one_hot = np.eye(training.classes, dtype=np.float32)
    labels = training.train.labels
    balanced = training.recipe.class_weights == "balanced"
    return (
        Batches(
            array,
            train_rows,
            targets=one_hot[labels],
            sample_weights=balanced_weights(labels, training.classes) if balanced else None,
            batch_size=training.recipe.batch_size,
            seed=training.seed,
        ),
        Batches(
            array,
            val_rows,
            targets=one_hot[training.val.labels],
            batch_size=training.recipe.batch_size,
        ),
    )


def _export(classifier: keras.Model, recipe: Recipe, classes: Sequence[str]) -> keras.Model:
    """Rebuild the classifier in `float32`, so that it predicts alike on any machine."""
    channels = 1 if len(classifier.input_shape) == 3 else 3
    untrained = recipe.model_copy(update={"weights": "none"})
    model = build_classifier(untrained, classes, channels=channels)
    model.set_weights(classifier.get_weights())
    return model


def _summarize(training: _Training, model: keras.Model) -> dict[str, Any]:
    phases = [row["phase"] for row in training.history.rows]
    backend = keras.backend.backend()
    return {
        "backbone": training.recipe.backbone,
        "weights": training.recipe.weights,
        "image_size": training.recipe.size,
        "parameters": {
            "total": count_parameters(model)["total"],
            "trainable_by_phase": training.trainable_parameters,
        },
        "epochs": len(phases),
        "epochs_by_phase": {name: phases.count(name) for name in training.trainable_parameters},
        "best_epoch_by_phase": training.best_epochs,
        "kept_epoch": training.best.epoch,
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": f"{backend} {version(backend)}",
            "numpy": np.__version__,
        },
        "fingerprint": fingerprint(model),
    }
