"""The parts of an exported classifier, with or without mirror image and temperature.

```
classifier (exported)          plain classifier
  images                         images
  plain classifier, once or      contract      preprocessing
    twice (image and mirror)     backbone
  sides         their average    pooling       features
  temperature   calibration      head          probabilities, uncalibrated
```

The style, which a guard against foreign images looks at, comes from within the backbone.
"""

import keras

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import CONTRACT_LAYER
from brain_tumor_kedro.modelling.folding import fold_batch_norm
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, POOLING_LAYER, pooling_of
from brain_tumor_kedro.modelling.mirrored import average_sides, mirror
from brain_tumor_kedro.modelling.style import with_style
from brain_tumor_kedro.modelling.temperature import (
    is_calibrated,
    temper,
    temperature_of,
    uncalibrated,
)

#: Outputs of `with_parts`.
FEATURES, RAW, CALIBRATED, STYLE = "features", "raw", "calibrated", "style"


def plain_classifier(classifier: keras.Model) -> keras.Model:
    """Find the classifier that looks at an image once and says what its head says.

    Args:
        classifier: As `build_classifier` or a training returned it, or loaded from its file.

    Returns:
        The model with the layers `contract`, `backbone`, `pooling` and `head`, from images to
        uncalibrated probabilities; the weights are shared.

    Raises:
        ValueError: Where there is no such model inside.
    """
    whole = uncalibrated(classifier)
    for model in (whole, *(layer for layer in whole.layers if isinstance(layer, keras.Model))):
        if _has_backbone(model):
            return model
    raise ValueError(
        f"Expected a classifier of this project, with a layer {BACKBONE_LAYER!r}, found the layers "
        f"{', '.join(layer.name for layer in classifier.layers)}."
    )


def is_mirrored(classifier: keras.Model) -> bool:
    """Say whether a classifier averages over an image and its mirror image.

    Args:
        classifier: As for `plain_classifier`.

    Returns:
        Whether the backbone is inside of a model that is called once for each side.
    """
    return not _has_backbone(classifier)


def fold_parts(classifier: keras.Model) -> keras.Model:
    """Make a copy whose backbone has its batch normalization folded away: the same, but faster.

    Args:
        classifier: As for `plain_classifier`.

    Returns:
        From the same images to the same probabilities, with the backbone's weights as they are
        now; all others are shared.
    """
    return keras.models.clone_model(classifier, clone_function=_fold)


def with_parts(classifier: keras.Model, *, style: bool = False) -> keras.Model:
    """Let a classifier tell its features and uncalibrated probabilities in the same pass.

    Args:
        classifier: As for `plain_classifier`.
        style: Whether it tells the style as well, for a guard against foreign images.

    Returns:
        From the same images to a dictionary of `float32`: `features` `(n, features)`, pooled, of
        the image itself, not of its mirror image; `raw` and `calibrated` `(n, classes)`; and
        `style` `(n, values)`, of the image itself, where it is asked for: see `style`. The
        weights are shared.
    """
    plain = plain_classifier(classifier)
    images = keras.Input(plain.input_shape[1:], dtype=plain.inputs[0].dtype, name="images")
    look = keras.Model(plain.input, [plain.get_layer(POOLING_LAYER).output, plain.output])
    features, raw, *told = (_look_with_style(plain) if style else look)(images)
    if is_mirrored(classifier):
        raw = average_sides(raw, look(mirror(images))[1])
    calibrated = temper(raw, temperature_of(classifier)) if is_calibrated(classifier) else raw
    parts = {FEATURES: features, RAW: raw, CALIBRATED: calibrated}
    return keras.Model(images, parts | ({STYLE: told[0]} if style else {}))


def _look_with_style(plain: keras.Model) -> keras.Model:
    """The same layers, called once more: what lies within a backbone is not in the plain model."""
    below = plain.get_layer(CONTRACT_LAYER).output
    maps, style = with_style(plain.get_layer(BACKBONE_LAYER))(below)
    features = pooling_of(plain)(maps)
    return keras.Model(plain.input, [features, plain.get_layer(HEAD_LAYER)(features), style])


def _fold(layer: keras.layers.Layer) -> keras.layers.Layer:
    if layer.name == BACKBONE_LAYER:
        return fold_batch_norm(layer)
    inside = isinstance(layer, keras.Model) and _has_backbone(layer)
    return fold_parts(layer) if inside else layer


def _has_backbone(model: keras.Model) -> bool:
    return any(layer.name == BACKBONE_LAYER for layer in model.layers)
