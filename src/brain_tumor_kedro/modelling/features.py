"""Features of a frozen backbone, computed once instead of in every epoch."""

import keras
import numpy as np

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.heads import POOLING_LAYER
from brain_tumor_kedro.modelling.progress import ProgressBar


def compute_features(
    classifier: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int = 32
) -> np.ndarray:
    """Run images through everything below the head.

    While that part is frozen and nothing random touches the images, the head learns from these
    exactly what it would learn on top of the backbone.

    Args:
        classifier: What `build_classifier` returned.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        rows: Row numbers `(m,)`.
        batch_size: Images per step.

    Returns:
        Pooled features `float32` `(m, features)` in the order of `rows`.
    """
    trunk = keras.Model(classifier.input, classifier.get_layer(POOLING_LAYER).output)
    batches = Batches(images, rows, batch_size=batch_size)
    progress = ProgressBar("Computing features", len(batches))
    features = trunk.predict(batches, verbose=0, callbacks=[progress])
    return np.asarray(features, dtype=np.float32)
