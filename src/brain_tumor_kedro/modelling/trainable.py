"""What of a classifier is trained in a phase."""

from difflib import get_close_matches
from fnmatch import fnmatchcase

import keras

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.layers import backbone_layers, leaf_layers
from brain_tumor_kedro.modelling.lora import freeze_adapted_kernels, train_adapters_only
from brain_tumor_kedro.modelling.phase_settings import (
    LastBlocks,
    LastFraction,
    NamedLayers,
    Phase,
)
from brain_tumor_kedro.modelling.recipes import Recipe

#: MobileNetV2 has 0.999 and NASNet 0.9997: after 700 steps, half of the statistics or four fifths
#: of them would still be those of other images. Keras's own default is 0.99.
HIGHEST_MOMENTUM = 0.99


def set_trainable(classifier: keras.Model, recipe: Recipe, phase: Phase) -> None:
    """Freeze and unfreeze for a phase; compile the model after it.

    The head is trained always, its batch normalization included.

    Batch normalization of the backbone stays frozen unless the phase asks for it, which in Keras
    means inference mode too: its statistics are ImageNet's, and batches of a few images would
    ruin them. Calling the backbone with `training=False` does not do that: `fit` overrides it in
    Keras 3. Where it is trained, its statistics follow with a momentum of 0.99 at most.

    What adapters (LoRA) stand for, the kernel of an adapted layer, never moves: where such a layer
    is trained with its block or with all, its adapters and its bias are. So a recipe can adapt
    first and train blocks after it, or the other way around, and its adapters stay what they are.

    Args:
        classifier: What `build_classifier` returned for the recipe.
        recipe: Its recipe.
        phase: Its `trainable` and `train_batch_norm` are used.

    Raises:
        ValueError: Where a pattern matches no layer of the backbone, or nothing is left to train
            of it.
    """
    backbone = classifier.get_layer(BACKBONE_LAYER)
    if phase.trainable == "head":
        backbone.trainable = False
    elif phase.trainable == "lora":
        train_adapters_only(backbone)
    else:
        _unfreeze(backbone, _choose(backbone, recipe, phase), phase.train_batch_norm)
        _require_weights(backbone, phase)


def _unfreeze(backbone: keras.Model, names: set[str], train_batch_norm: bool) -> None:
    backbone.trainable = True  # a frozen model hides what of it is trainable
    for layer in backbone_layers(backbone):
        layer.trainable = layer.name in names
    for layer in leaf_layers(backbone):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = layer.trainable and train_batch_norm
            layer.momentum = min(layer.momentum, HIGHEST_MOMENTUM)
    freeze_adapted_kernels(backbone)


def _choose(backbone: keras.Model, recipe: Recipe, phase: Phase) -> set[str]:
    names = [layer.name for layer in backbone_layers(backbone)]
    match phase.trainable:
        case LastBlocks(blocks=count):
            return set(names[names.index(recipe.spec.blocks[count - 1]) :])
        case LastFraction(fraction=fraction):
            return set(names[len(names) - round(fraction * len(names)) :])
        case NamedLayers(named=patterns):
            return {name for pattern in patterns for name in _matches(pattern, names, phase)}
        case _:
            return set(names)


def _matches(pattern: str, names: list[str], phase: Phase) -> list[str]:
    matches = [name for name in names if fnmatchcase(name, pattern)]
    if not matches:
        close = get_close_matches(pattern, names, n=5, cutoff=0.4) or [*names[:2], "…", *names[-3:]]
        raise ValueError(
            f"Phase {phase.name!r} trains {pattern!r}, but the backbone has no layer of such a "
            f"name. Close to it: {', '.join(close)}."
        )
    return matches


def _require_weights(backbone: keras.Model, phase: Phase) -> None:
    if not backbone.trainable_weights:
        raise ValueError(
            f"Phase {phase.name!r} trains {phase.trainable!r} of the backbone, but none of these "
            "layers has weights that can be trained. Choose more of them, or `trainable: head`."
        )
