"""What a phase is fitted on: images, or features of a backbone that stands still."""

import logging

import keras
import numpy as np

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import Batches, balanced_weights
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.training_run import TrainingRun

logger = logging.getLogger(__name__)


def choose_data(run: TrainingRun, phase: Phase) -> tuple[keras.Model, Batches, Batches]:
    """Choose what a phase fits, and on what.

    Args:
        run: The training.
        phase: What is trainable is set already.

    Returns:
        The model, which shares its weights with the classifier; what it trains on; and what it is
        validated on.
    """
    augmentation = run.recipe.augmentation if phase.augment else Augmentation()
    frozen = phase.trainable == "head" and not augmentation.active
    if frozen and run.cache_features:
        logger.info("Computing features for phase %s", phase.name)
        rows = np.concatenate([run.train.rows, run.val.rows])
        features = compute_features(run.classifier, run.images, rows, run.recipe.batch_size)
        number = np.arange(len(rows))
        cut = len(run.train.rows)
        model = run.classifier.get_layer(HEAD_LAYER)
        return model, *_batches(run, features, number[:cut], number[cut:])
    # Every phase draws other random changes.
    seed = run.seed + 10 * len(run.best_epochs)
    model = with_augmentation(run.classifier, augmentation, run.images.shape[1:], seed)
    return model, *_batches(run, run.images, run.train.rows, run.val.rows)


def _batches(
    run: TrainingRun, array: np.ndarray, train_rows: np.ndarray, val_rows: np.ndarray
) -> tuple[Batches, Batches]:
    one_hot = np.eye(len(run.classes), dtype=np.float32)
    labels = run.train.labels
    balanced = run.recipe.class_weights == "balanced"
    return (
        Batches(
            array,
            train_rows,
            targets=one_hot[labels],
            sample_weights=balanced_weights(labels, len(run.classes)) if balanced else None,
            batch_size=run.recipe.batch_size,
            seed=run.seed,
        ),
        Batches(
            array,
            val_rows,
            targets=one_hot[run.val.labels],
            batch_size=run.recipe.batch_size,
        ),
    )
