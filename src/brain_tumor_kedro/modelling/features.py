"""Features of a frozen backbone, computed once instead of in every epoch."""

from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.folding import fold_batch_norm
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, POOLING_LAYER
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.progress import ProgressBar
from brain_tumor_kedro.modelling.recipes import Recipe


class FixedMode(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A model that runs as in training, or as outside of it, whoever calls it.

    A functional model hands its own mode down to its layers, whatever they were called with.
    """

    def __init__(self, model: keras.Model, *, training: bool, **kwargs: Any) -> None:
        """Name the model, which shares its weights, and the mode."""
        super().__init__(**kwargs)
        self._model = model
        self._training = training

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Run the model."""
        return self._model(inputs, training=self._training)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Ask the model: JAX cannot try a call out where height and width are not known."""
        return self._model.compute_output_spec(inputs)


def in_mode(model: keras.Model, *, training: bool) -> keras.Model:
    """Fix the mode of a model.

    Args:
        model: Any with one input.
        training: Whether it always runs as in training, or never does.

    Returns:
        A model that shares its weights.
    """
    return keras.Model(model.input, FixedMode(model, training=training)(model.input))


def below_head(classifier: keras.Model) -> keras.Model:
    """Cut the head off, and make fast what is left.

    Args:
        classifier: What `build_classifier` returned.

    Returns:
        From its images to pooled features `(n, features)`, outside of training; batch
        normalization of the backbone is folded into its convolutions, as their weights are now.
    """
    trunk = _trunk(classifier)
    backbone = trunk.get_layer(BACKBONE_LAYER)
    folded = fold_batch_norm(backbone)
    return keras.models.clone_model(
        trunk, clone_function=lambda layer: folded if layer is backbone else layer
    )


def with_still_backbone(classifier: keras.Model) -> keras.Model:
    """Keep everything below the head as it is outside of training, where the head is trained.

    Keras's `trainable = False` does that for batch normalization, but not for what drops
    activations or whole blocks at random, as EfficientNet does.

    Args:
        classifier: What `build_classifier` returned.

    Returns:
        The same classifier; the weights are shared.
    """
    head = classifier.get_layer(HEAD_LAYER)
    still = in_mode(_trunk(classifier), training=False)
    return keras.Model(classifier.input, head(still(classifier.input)))


def _trunk(classifier: keras.Model) -> keras.Model:
    return keras.Model(classifier.input, classifier.get_layer(POOLING_LAYER).output)


def compute_features(
    classifier: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int = 64
) -> np.ndarray:
    """Run images through everything below the head.

    While that part is frozen and nothing random touches the images, the head learns from these
    exactly what it would learn on top of the backbone.

    Args:
        classifier: What `build_classifier` returned.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        rows: Row numbers `(m,)`, at least one.
        batch_size: Images per step, at most.

    Returns:
        Pooled features `float32` `(m, features)` in the order of `rows`.
    """
    batch_size = min(batch_size, len(rows))
    # A last batch of another size would be compiled for, which costs more than a few images do.
    filled = np.resize(rows, -(-len(rows) // batch_size) * batch_size)
    batches = Batches(images, filled, batch_size=batch_size)
    return predict_features(below_head(classifier), batches, "Computing features")[: len(rows)]


def compute_frozen_features(
    recipe: Recipe,
    images: np.ndarray,
    rows: np.ndarray,
    pretrained: Pretrained = Pretrained(),  # noqa: B008  # it cannot change
    seed: int = 0,
) -> np.ndarray:
    """Compute the features of a recipe's backbone before any training.

    Args:
        recipe: Its backbone, weights, image size and pooling are used.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        rows: Row numbers `(m,)`, at least one.
        pretrained: Where weights lie that Keras does not fetch.
        seed: Of the weights, where the recipe starts from none.

    Returns:
        Pooled features `float32` `(m, features)` in the order of `rows`.

    Raises:
        WeightsUnavailableError: Where published weights can be neither found nor fetched.
        FileNotFoundError: Where the weights file does not exist.
        ValueError: Where the weights file does not fit.
    """
    keras.utils.set_random_seed(seed)
    plain = recipe.model_copy(update={"lora": None})
    channels = 1 if images.ndim == 3 else 3
    # The head is not used; two classes are the fewest that it can have.
    classifier = build_classifier(plain, ("a", "b"), channels=channels, pretrained=pretrained)
    return compute_features(classifier, images, rows)


def predict_features(trunk: keras.Model, batches: Batches, description: str) -> np.ndarray:
    """Run batches through a model, with a progress bar.

    Args:
        trunk: Ends in features.
        batches: Of images.
        description: What the progress bar says.

    Returns:
        `float32` `(m, features)` in the order of the batches.
    """
    progress = ProgressBar(description, len(batches))
    callbacks = EpochCallbacks([progress], model=trunk)
    features = trunk.predict(batches, verbose=0, callbacks=callbacks)
    return np.asarray(features, dtype=np.float32)
