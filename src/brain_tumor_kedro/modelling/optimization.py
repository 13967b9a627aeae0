"""What a phase minimizes, with which optimizer, and when it stops."""

from typing import Any

import keras

from brain_tumor_kedro.modelling.averaging import AveragedWeights
from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.layer_decay import Rates, decay_by_block, scale_steps
from brain_tumor_kedro.modelling.layers import leaf_layers
from brain_tumor_kedro.modelling.phase_settings import POSITIVE_METRIC, EarlyStopping, Phase, mode
from brain_tumor_kedro.modelling.positive_f1 import PositiveF1
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.schedules import make_learning_rate

_OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamax": keras.optimizers.Adamax,
    "adamw": keras.optimizers.AdamW,
    "lion": keras.optimizers.Lion,
}

#: Of `sgd`, as is usual where networks are fine-tuned; the others have Keras's own defaults.
MOMENTUM = 0.9


def compile_for_phase(
    model: keras.Model,
    recipe: Recipe,
    phase: Phase,
    batches: int,
    steps_per_execution: int = 1,
    positive: int | None = None,
) -> None:
    """Give a model its phase's optimizer, the loss, and the metrics that are logged.

    Precision and recall are those of Keras: over all classes together, or of the positive class
    where there is one, of predictions whose probability is above one half. F1 is the mean over
    classes of that of the likeliest class; a class that neither is there nor is predicted counts
    as 0.

    Args:
        model: Ends in class probabilities; what is trainable is set already.
        recipe: Its label smoothing and the blocks of its backbone are used.
        phase: How it is trained.
        batches: Batches per epoch, which a schedule of the learning rate counts.
        steps_per_execution: Batches that are trained on in one call of the compiled function;
            PyTorch takes them one by one.
        positive: Place of the positive class, whose own F1 is logged too; None where there is none.
    """
    optimizer = make_optimizer(model, recipe, phase, batches)
    if _computes_in_float16(model):  # Keras looks at the outermost model alone
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.Precision(class_id=positive, name="precision"),
            keras.metrics.Recall(class_id=positive, name="recall"),
            keras.metrics.F1Score(average="macro", name="f1"),
            *([] if positive is None else [PositiveF1(positive, name=POSITIVE_METRIC)]),
        ],
        steps_per_execution=1 if keras.backend.backend() == "torch" else steps_per_execution,
        jit_compile="auto",
    )


def make_optimizer(
    model: keras.Model, recipe: Recipe, phase: Phase, batches: int
) -> keras.optimizers.Optimizer:
    """Make a phase's optimizer.

    The gradient is averaged over the phase's `accumulate` batches first and clipped then. What an
    epoch leaves short of so many batches goes into the first step of the next one.

    Args:
        model: What is trainable is set already.
        recipe: The blocks of its backbone are used.
        phase: All about the optimizer.
        batches: Batches per epoch.

    Returns:
        The optimizer, not built yet.
    """
    options = {
        "learning_rate": make_learning_rate(phase, batches),
        "global_clipnorm": phase.gradient_clipping,
        "gradient_accumulation_steps": phase.accumulate if phase.accumulate > 1 else None,
        **({"momentum": MOMENTUM} if phase.optimizer == "sgd" else {}),
        **_averaging(phase),
    }
    vectors = [variable for variable in model.trainable_variables if len(variable.shape) < 2]
    if phase.layer_decay is None:
        nothing = 0.0 if phase.optimizer == "adamw" else None  # which AdamW does not take
        weight_decay = phase.weight_decay or nothing
        optimizer = _OPTIMIZERS[phase.optimizer](weight_decay=weight_decay, **options)
        optimizer.exclude_from_weight_decay(var_list=vectors)
        return optimizer
    factors = _factors(model, recipe, phase.layer_decay)
    rates = Rates(factors, phase.weight_decay, frozenset(id(vector) for vector in vectors))
    # Adam with weight decay is AdamW; the rates bring it.
    name = "adam" if phase.optimizer == "adamw" else phase.optimizer
    return scale_steps(_OPTIMIZERS[name])(rates=rates, **options)


def _averaging(phase: Phase) -> dict[str, Any]:
    """Keras averages after every batch, so several batches of a step share the momentum."""
    if phase.ema is None:
        return {}
    return {"use_ema": True, "ema_momentum": phase.ema ** (1 / phase.accumulate)}


def _factors(model: keras.Model, recipe: Recipe, decay: float) -> dict[int, float]:
    backbone = _find_backbone(model)
    return {} if backbone is None else decay_by_block(backbone, recipe.spec.blocks, decay)


def _find_backbone(model: keras.Model) -> keras.Model | None:
    """Look for the backbone, which a classifier has, with augmentation around it too."""
    for layer in model.layers:
        if layer.name == BACKBONE_LAYER:
            return layer
        if isinstance(layer, keras.Model) and (found := _find_backbone(layer)) is not None:
            return found
    return None


def _computes_in_float16(model: keras.Model) -> bool:
    return any(layer.compute_dtype == "float16" for layer in leaf_layers(model))


def averaging_callback(phase: Phase) -> AveragedWeights | None:
    """Make the callback that validates and keeps the average of the weights.

    Args:
        phase: Its `ema` is used.

    Returns:
        The callback, to come before early stopping; None where nothing is averaged.
    """
    return None if phase.ema is None else AveragedWeights()


def stopping_callback(stopping: EarlyStopping) -> keras.callbacks.EarlyStopping:
    """Make the callback that stops a phase and goes back to its best weights.

    Args:
        stopping: What is monitored, and for how long.

    Returns:
        The callback; its `best_epoch` counts from 0 within the phase.
    """
    return keras.callbacks.EarlyStopping(
        monitor=stopping.monitor,
        mode=mode(stopping.monitor),
        patience=stopping.patience,
        restore_best_weights=True,
    )
