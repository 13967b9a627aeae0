"""A store of features: what a frozen backbone makes of images, for all trainings that share it."""

import logging
import time
from dataclasses import dataclass

import keras
import numpy as np

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import CONTRACT_LAYER, fingerprint
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.heads import POOLING_LAYER
from brain_tumor_kedro.modelling.recipes import Recipe

logger = logging.getLogger(__name__)

#: Bytes that are kept: beyond, what was used longest ago is forgotten.
LIMIT = 4 * 2**30


@dataclass
class _Kept:
    features: np.ndarray
    known: np.ndarray


class FeatureStore:
    """Features of packed images by backbone, computed where they are not known yet.

    Attributes:
        seconds: How long all computing has taken so far.
    """

    def __init__(self, images: np.ndarray, limit: int = LIMIT) -> None:
        """Begin with nothing.

        Args:
            images: Packed images, `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
            limit: Bytes that are kept; the features in use are kept whatever they take.
        """
        self.seconds = 0.0
        self._images = images
        self._limit = limit
        self._kept: dict[str, _Kept] = {}

    def get(
        self, classifier: keras.Model, recipe: Recipe, precision: str, rows: np.ndarray
    ) -> np.ndarray:
        """Look features up, and compute those that are missing.

        Args:
            classifier: What `build_classifier` made of the recipe, in any state of training.
            recipe: Of the classifier.
            precision: Keras dtype policy that it was built in.
            rows: Row numbers `(m,)` of the images, at least one.

        Returns:
            Pooled features `float32` `(m, features)` in the order of `rows`, as
            `features.compute_features` returns them.
        """
        kept = self._open(classifier, recipe, precision)
        missing = np.unique(rows[~kept.known[rows]])
        if len(missing):
            started = time.perf_counter()
            kept.features[missing] = compute_features(classifier, self._images, missing)
            kept.known[missing] = True
            self.seconds += time.perf_counter() - started
        else:
            logger.info("The features of %s are known", recipe.backbone)
        found: np.ndarray = kept.features[rows]
        return found

    def _open(self, classifier: keras.Model, recipe: Recipe, precision: str) -> _Kept:
        key = _identify(classifier, recipe, precision)
        if key not in self._kept:
            width = classifier.get_layer(POOLING_LAYER).output.shape[-1]
            shape = (len(self._images), width)
            self._kept[key] = _Kept(np.zeros(shape, np.float32), np.zeros(shape[0], bool))
        kept = self._kept.pop(key)
        self._kept[key] = kept  # the last one is the one that was used last
        while len(self._kept) > 1 and self._bytes() > self._limit:
            self._kept.pop(next(iter(self._kept)))
        return kept

    def _bytes(self) -> int:
        return sum(kept.features.nbytes for kept in self._kept.values())


def _identify(classifier: keras.Model, recipe: Recipe, precision: str) -> str:
    """Name everything that features depend on: the weights as they are, and what precedes them."""
    contract = classifier.get_layer(CONTRACT_LAYER)
    scales = (np.ravel(contract.scale).tolist(), np.ravel(contract.offset).tolist())
    how = (recipe.backbone, recipe.size, recipe.head.pooling, precision, scales)
    return f"{how} {fingerprint(classifier.get_layer(BACKBONE_LAYER))}"
