"""The last feature map of a classifier that still has places: what lies below it, and above."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import CONTRACT_LAYER
from brain_tumor_kedro.modelling.folding import fold_batch_norm
from brain_tumor_kedro.modelling.gradients import Tensor
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, LOGIT_LAYER, pooling_of

Step = Callable[[Tensor], Tensor]

#: What only coarsens a map; what goes into it is taken instead.
COARSENING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)


@dataclass(frozen=True)
class Halves:
    """A classifier, cut at its last spatial feature map.

    Attributes:
        below: From images to maps `(n, rows, columns, features)`, or to a transformer's tokens
            `(n, 1 + rows * columns, features)`, the class token first.
        above: From those to the classes' logits, `float32` `(n, classes)`.
    """

    below: keras.Model
    above: Step


def cut_at_last_map(classifier: keras.Model, *, fold: bool = True) -> Halves:
    """Cut a classifier in two, at the last place where it can tell where something is.

    That is the backbone's output; before its last pooling, where it ends in one; before its dense
    layers, where it has some; and before the last block of a transformer, behind which nothing but
    the class token goes on.

    Args:
        classifier: As `build_classifier` builds it, not mirrored.
        fold: Whether batch normalization is folded into the convolutions: faster, but then later
            changes of the classifier's weights do not reach `below`.

    Returns:
        Both halves; they share the classifier's weights.

    Raises:
        ValueError: Where the backbone has no spatial map, or the head ends in neither a
            softmax nor a sigmoid.
    """
    backbone = classifier.get_layer(BACKBONE_LAYER)
    cut = _cut_transformer(backbone) or _cut_network(backbone)
    lower = fold_batch_norm(cut[0]) if fold else cut[0]
    below = keras.Model(classifier.input, lower(classifier.get_layer(CONTRACT_LAYER).output))
    logits = _logits(classifier.get_layer(HEAD_LAYER))
    return Halves(below, _chain([*cut[1], pooling_of(classifier), logits]))


def to_grid(values: Tensor) -> Tensor:
    """Lay a transformer's tokens out as they lie on the image, without the class token.

    Args:
        values: Tokens `(n, 1 + side * side, features)`; maps with rows and columns stay.

    Returns:
        `(n, rows, columns, features)`.
    """
    if len(values.shape) == 4:
        return values
    side = math.isqrt(values.shape[1] - 1)
    return keras.ops.reshape(values[:, 1:], (-1, side, side, values.shape[2]))


def _cut_transformer(backbone: keras.Model) -> tuple[keras.Model, list[Step]] | None:
    inner = [layer for layer in backbone.layers if isinstance(layer, keras.Model)]
    encoders = [
        (model, layer)
        for model in inner
        for layer in model.layers
        if hasattr(layer, "encoder_layers")  # keras-hub's ViTEncoder
    ]
    if not encoders:
        return None
    transformer, encoder = encoders[0]
    tokens = _chain([encoder.dropout, *encoder.encoder_layers[:-1]])(encoder.input)
    after = [encoder.encoder_layers[-1], encoder.layer_norm, _class_token]
    return keras.Model(transformer.input, tokens), after


def _class_token(tokens: Tensor) -> Tensor:
    return tokens[:, 0]


def _cut_network(backbone: keras.Model) -> tuple[keras.Model, list[Step]]:
    operations = backbone.operations
    makers = {id(tensor): op for op in operations for tensor in keras.tree.flatten(op.output)}
    tensor, behind = backbone.outputs[0], list[Step]()
    while len(tensor.shape) != 4 or isinstance(makers[id(tensor)], COARSENING):
        maker = makers[id(tensor)]
        sources = keras.tree.flatten(maker.input)
        if len(sources) != 1 or sources[0] is tensor:
            raise ValueError(
                "Expected a backbone whose last feature map (n, rows, columns, features) goes on "
                f"through single layers, found {maker.name!r} with {len(sources)} inputs."
            )
        behind.insert(0, maker)
        tensor = sources[0]
    return (keras.Model(backbone.input, tensor) if behind else backbone), behind


def _logits(head: keras.Model) -> Step:
    """Take the softmax off: where a class is sure, its probability has hardly a gradient."""
    names = [layer.name for layer in head.layers]
    if LOGIT_LAYER in names:
        return _chain([*head.layers[: names.index(LOGIT_LAYER) + 1], _both_sides])
    *hidden, last = head.layers
    softmax = getattr(last, "activation", None) is keras.activations.softmax
    if not (isinstance(last, keras.layers.Dense) and softmax):
        raise ValueError(f"Expected a head that ends in a dense softmax, found {last!r}.")

    def weigh(features: Tensor) -> Tensor:
        values = keras.ops.cast(_chain(hidden)(features), "float32")
        return keras.ops.matmul(values, last.kernel) + last.bias

    return weigh


def _both_sides(logit: Tensor) -> Tensor:
    """Of log-odds `(n, 1)`, what speaks for each class: as much as speaks against the other."""
    half = keras.ops.cast(logit, "float32") / 2
    return keras.ops.concatenate([-half, half], axis=-1)


def _chain(steps: Sequence[Step]) -> Step:
    def run(values: Tensor) -> Tensor:
        for step in steps:
            values = step(values)
        return values

    return run
