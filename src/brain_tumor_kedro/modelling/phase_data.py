"""What a phase is fitted on: images, or features of a backbone that stands still."""

import logging
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import Batches, balanced_weights
from brain_tumor_kedro.modelling.features import compute_features, with_still_backbone
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.resident import looked_up
from brain_tumor_kedro.modelling.training_run import TrainingRun, is_fitted_on_images
from brain_tumor_kedro.modelling.views import ViewBatches, compute_views

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhaseData:
    """What a phase fits, and on what.

    Attributes:
        model: Shares its weights with the classifier.
        train: What it trains on.
        val: What it is validated on.
        steps_per_execution: Batches per call of the compiled function, where what surrounds the
            calls would take longer than what they compute.
    """

    model: keras.Model
    train: Batches
    val: Batches
    steps_per_execution: int = 1


def choose_data(run: TrainingRun, phase: Phase) -> PhaseData:
    """Choose what a phase fits, and on what.

    Args:
        run: The training.
        phase: What is trainable is set already.

    Returns:
        The head and features where the backbone's can be computed beforehand; else the whole
        classifier, behind its augmentation, and images.
    """
    augmentation = run.recipe.augmentation if phase.augment else Augmentation()
    still = phase.trainable == "head"
    if not still:
        run.features.clear()  # the phase will train what they come from
    seed = _seed_changes(run)
    if not is_fitted_on_images(run.recipe, phase, run.cache_features):
        if augmentation.active:
            return _on_views(run, phase, augmentation, seed)
        return _on_features(run, phase)
    classifier = with_still_backbone(run.classifier) if still else run.classifier
    model = with_augmentation(classifier, augmentation, run.images.shape[1:], seed)
    images = run.images
    if run.resident is not None:
        model, images = looked_up(model, run.resident), np.arange(len(images), dtype=np.int32)
    train = Batches(images, run.train.rows, **_training_options(run))
    val = Batches(images, run.val.rows, **_options(run, run.val.labels))
    return PhaseData(model, train, val, run.device.steps_per_execution)


def _seed_changes(run: TrainingRun) -> int:
    """Other random changes for every seed and phase; layers add small numbers to what they get."""
    sequence = np.random.SeedSequence([run.seed, len(run.best_epochs)])
    return int(sequence.generate_state(1)[0] // 2)


def _on_features(run: TrainingRun, phase: Phase) -> PhaseData:
    rows = np.concatenate([run.train.rows, run.val.rows])
    if run.store is not None:
        features = _features_of(run, rows)
    else:
        if not run.features:
            run.features.append(_features_of(run, rows))
        features = run.features[0]
    logger.info("Phase %s: cached %s", phase.name, _describe("training and validation", features))
    numbers = np.arange(len(rows))
    cut = len(run.train.rows)
    train = Batches(features, numbers[:cut], **_training_options(run))
    return _fit_head(run, train, features, numbers[cut:])


def _features_of(run: TrainingRun, rows: np.ndarray) -> np.ndarray:
    if run.store is None:
        return compute_features(run.classifier, run.images, rows)
    return run.store.get(run.classifier, run.recipe, run.precision, rows)


def _on_views(run: TrainingRun, phase: Phase, changes: Augmentation, seed: int) -> PhaseData:
    first = sum(row["phase"] != phase.name for row in run.history.rows)
    views = compute_views(
        run.classifier,
        changes,
        Batches(run.images, run.train.rows, **_training_options(run)),
        image_shape=run.images.shape[1:],
        views=min(phase.views or 1, phase.epochs),
        first=first,
        seed=seed,
    )
    logger.info("Phase %s: cached random views of %s", phase.name, _describe("training", views))
    features = _features_of(run, run.val.rows)
    logger.info("Phase %s: cached %s", phase.name, _describe("validation", features))
    numbers = np.arange(views.shape[1])
    train = ViewBatches(views, numbers, first=first, **_training_options(run))
    return _fit_head(run, train, features, np.arange(len(features)))


def _fit_head(
    run: TrainingRun, train: Batches, features: np.ndarray, val_rows: np.ndarray
) -> PhaseData:
    val = Batches(features, val_rows, **_options(run, run.val.labels))
    head = run.classifier.get_layer(HEAD_LAYER)
    return PhaseData(head, train, val, steps_per_execution=len(train))


def _training_options(run: TrainingRun) -> dict[str, Any]:
    labels = run.train.labels
    balanced = run.recipe.class_weights == "balanced"
    weights = balanced_weights(labels, len(run.classes)) if balanced else None
    return {**_options(run, labels), "sample_weights": weights, "seed": run.seed}


def _options(run: TrainingRun, labels: np.ndarray) -> dict[str, Any]:
    one_hot = np.eye(len(run.classes), dtype=np.float32)
    return {"targets": one_hot[labels], "batch_size": run.recipe.batch_size}


def _describe(images: str, features: np.ndarray) -> str:
    times = f"{features.shape[0]:,} times " if features.ndim == 3 else ""
    place = "a temporary file" if isinstance(features, np.memmap) else "memory"
    return (
        f"{images} images: {times}{features.shape[-2]:,} x {features.shape[-1]:,} features, "
        f"{features.nbytes / 2**20:,.0f} MiB in {place}"
    )
