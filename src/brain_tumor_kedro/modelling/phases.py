"""Training: a recipe's phases, one after the other."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.checkpoints import Checkpoints, keep_checkpoints
from brain_tumor_kedro.modelling.classifier import count_parameters, describe_parameters
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.distribution import open_distribution
from brain_tumor_kedro.modelling.feature_store import FeatureStore
from brain_tumor_kedro.modelling.history import EpochRecorder, OnEpoch
from brain_tumor_kedro.modelling.optimization import (
    averaging_callback,
    compile_for_phase,
    stopping_callback,
)
from brain_tumor_kedro.modelling.outcome import TrainingResult, conclude
from brain_tumor_kedro.modelling.phase_data import PhaseData, choose_data
from brain_tumor_kedro.modelling.phase_settings import Phase
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.progress import ProgressBar
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.schedules import make_learning_rate, schedule_callbacks
from brain_tumor_kedro.modelling.trainable import set_trainable
from brain_tumor_kedro.modelling.training_run import TrainingRun, start_run

logger = logging.getLogger(__name__)


def train(
    recipe: Recipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    seed: int = 0,
    on_epoch: OnEpoch | None = None,
    *,
    positive: Sequence[str] = (),
    cache_features: bool = True,
    compute: Compute = Compute(),  # noqa: B008  # it cannot change
    pretrained: Pretrained = Pretrained(),  # noqa: B008
    checkpoints: Path | None = None,
    resume: bool = False,
    store: FeatureStore | None = None,
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
        positive: The labels that count as positive. Where there are two classes and one of them is
            the positive one, precision and recall are its own, and its F1 is a metric too,
            `f1_positive`.
        cache_features: Compute the features of a frozen backbone once, where nothing random
            touches its input or the phase has `views`. False does the same, slower, or draws new
            views in every epoch.
        compute: Devices and determinism.
        pretrained: Where weights lie that Keras does not fetch.
        checkpoints: Folder for the state after each epoch; None keeps none.
        resume: Go on with the state in that folder, where there is one, to the same end as
            without the interruption; otherwise it is deleted.
        store: Features of the same images that other trainings have computed, and that others
            may use after this one.

    Returns:
        The classifier, its history and a summary.

    Raises:
        ValueError: Where images or manifest are not as described, a class has no training image,
            or there are no validation images; where the head cannot tell so many classes apart, or
            a phase watches a metric that there is not; where any phase has nothing to train, or no
            batch after its warm-up, which is found out before the first one begins; where a
            checkpoint to resume is broken or of another training; where devices cannot share the
            training.
        WeightsUnavailableError: Where published weights can be neither found nor fetched.
        TrainingDivergedError: Where the loss is no number any more.
    """
    distribution = open_distribution(compute)
    with distribution.scope():
        # Several machines would have to agree on who computes which features.
        cached = cache_features and not distribution.several_hosts
        run = start_run(
            recipe, images, manifest, classes, seed, on_epoch, compute, cached, pretrained, positive
        )
        run = replace(run, distribution=distribution, store=store)
        _check_phases(run)
        with keep_checkpoints(run, manifest, checkpoints, resume=resume) as kept:
            for phase in kept.remaining():
                _run_phase(run, phase, kept)
    return conclude(run)


def _check_phases(run: TrainingRun) -> None:
    """Find out what cannot be trained before the phases ahead of it have taken hours."""
    batches = -(-len(run.train.rows) // run.recipe.batch_size)
    for phase in run.recipe.phases:
        set_trainable(run.classifier, run.recipe, phase)
        make_learning_rate(phase, batches)
        run.distribution.check(phase)


def _run_phase(run: TrainingRun, phase: Phase, kept: Checkpoints) -> None:
    keras.utils.set_random_seed(run.seed)  # whether or not phases before it ran in this process
    set_trainable(run.classifier, run.recipe, phase)
    run.trainable_parameters[phase.name] = count_parameters(run.classifier)["trainable"]
    logger.info("Phase %s: training %s", phase.name, describe_parameters(run.classifier))
    data = choose_data(run, phase)
    model = run.distribution.adapt(data.model, data.train)
    steps = data.steps_per_execution if run.distribution.strategy is None else 1
    compile_for_phase(model, run.recipe, phase, len(data.train), steps, run.positive)
    stopping = stopping_callback(phase.early_stopping) if phase.early_stopping else None
    callbacks = _watch(run, phase, data, stopping)
    model.fit(
        **run.distribution.feed(data.train, data.val, len(run.history.rows)),
        epochs=phase.epochs,
        initial_epoch=kept.first_epoch(phase),
        shuffle=False,  # the batches shuffle themselves
        verbose=0,
        callbacks=EpochCallbacks(
            [*callbacks, kept.callback(callbacks)],
            add_history=True,
            model=model,
            epochs=phase.epochs,
        ),
    )
    _close_phase(run, phase, stopping)


def _watch(
    run: TrainingRun, phase: Phase, data: PhaseData, stopping: keras.callbacks.EarlyStopping | None
) -> list[keras.callbacks.Callback]:
    averaging = averaging_callback(phase)
    return [
        ProgressBar(f"Training {phase.name}", len(data.train)),
        EpochRecorder(run.history, phase.name, data.train),
        *schedule_callbacks(phase),
        *([averaging] if averaging else []),  # before what keeps weights
        *([stopping] if stopping else []),
    ]


def _close_phase(
    run: TrainingRun, phase: Phase, stopping: keras.callbacks.EarlyStopping | None
) -> None:
    last = len(run.history.rows) - 1
    first = last + 1 - run.history.count(phase.name)
    if stopping:
        run.best_epochs[phase.name] = first + stopping.best_epoch
        run.best.end_phase(first, stopping)
    else:
        run.best_epochs[phase.name] = last
        run.best.take_last(last)
