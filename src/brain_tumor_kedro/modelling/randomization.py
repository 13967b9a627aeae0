"""Maps of a classifier that forgets, from its head down: those that stay do not explain it.

Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, https://arxiv.org/abs/1810.03292
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import numpy as np

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.gradcam import map_rows, require_square
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.last_map import cut_at_last_map
from brain_tumor_kedro.modelling.layers import backbone_layers
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.parts import is_mirrored, plain_classifier

#: Shares of the backbone's layers, from the last one down, that are made random in turn.
SHARES = (0.0, 0.25, 0.5, 1.0)

#: Added to the seed: the seed of the training would bring its first weights back, which a head that
#: has learned little still resembles.
APART = 2**30


class Step(NamedTuple):
    """A classifier that has forgotten some of what it learned.

    Attributes:
        share: Of the backbone's layers with weights that are random; the head's always are.
        maps: As of `compute_grad_cam`.
        classifier: As it is at this step; the next step changes it.
    """

    share: float
    maps: np.ndarray
    classifier: keras.Model


def map_while_forgetting(
    model: keras.Model,
    images: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
) -> Iterator[Step]:
    """Compute Grad-CAM again and again, while more and more of the weights are made random.

    The head's are from the first step on. The model itself stays as it is.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, side, side)` or `(n, side, side, 3)`; may be a memory map.
        rows: Row numbers `(m,)`, at least one.
        targets: Index of the class that each map is about, `(m,)`.
        shares: Of the backbone's layers with weights that are random too, growing.
        seed: Of the random weights, 0 to 2 ** 30.

    Yields:
        A step for each share.

    Raises:
        ValueError: Where the model is none of this project, or the images are not square.
    """
    require_square(images)
    plain, mirrored = plain_classifier(model), is_mirrored(model)
    keras.utils.set_random_seed(APART + seed)
    copy = keras.models.clone_model(plain)
    fresh = {id(layer): layer.get_weights() for layer in _layers_from_the_top(copy)}
    copy.set_weights(plain.get_weights())
    halves = cut_at_last_map(copy, fold=False)
    whole = average_mirrored(copy) if mirrored else copy
    head, *below = _layers_from_the_top(copy)
    for share in shares:
        for layer in (head, *below[: round(share * len(below))]):
            layer.set_weights(fresh[id(layer)])
        maps = map_rows(
            halves, images, rows, targets, mirrored=mirrored, description="Making weights random"
        )
        yield Step(share, maps, whole)


def _layers_from_the_top(classifier: keras.Model) -> list[keras.layers.Layer]:
    layers = backbone_layers(classifier.get_layer(BACKBONE_LAYER))
    weighted = [layer for layer in layers if layer.weights]
    return [classifier.get_layer(HEAD_LAYER), *reversed(weighted)]
