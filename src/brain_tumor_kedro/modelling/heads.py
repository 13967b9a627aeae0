"""Heads: pooling, and what learns on the pooled features."""

from collections.abc import Callable, Iterator

import keras

from brain_tumor_kedro.modelling.head_settings import Head

#: The name of the layer whose output is the pooled features.
POOLING_LAYER = "pooling"
#: The name of the head inside every classifier.
HEAD_LAYER = "head"
#: The name of the layer in a sigmoid's head whose output is the log-odds of the second class.
LOGIT_LAYER = "logit"


def pool(features: keras.KerasTensor, head: Head) -> keras.KerasTensor:
    """Make a vector of what a backbone gives for an image.

    Args:
        features: Feature maps `(n, rows, columns, features)`, tokens `(n, tokens, features)`, or
            vectors `(n, features)`, which stay as they are.
        head: Its `pooling` is used.

    Returns:
        `(n, features)`, or `(n, 2 * features)` with `avg_max`: averages first.
    """
    axes = len(features.shape) - 2
    if not axes:
        return keras.layers.Identity(name=POOLING_LAYER)(features)
    average, maximum = {
        1: (keras.layers.GlobalAveragePooling1D, keras.layers.GlobalMaxPooling1D),
        2: (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D),
    }[axes]
    if head.pooling == "avg":
        return average(name=POOLING_LAYER)(features)
    if head.pooling == "max":
        return maximum(name=POOLING_LAYER)(features)
    both = [average(name="average")(features), maximum(name="maximum")(features)]
    return keras.layers.Concatenate(name=POOLING_LAYER)(both)


def pooling_of(classifier: keras.Model) -> Callable[[keras.KerasTensor], keras.KerasTensor]:
    """Take the pooling of a classifier, to call it on other features.

    Args:
        classifier: As `build_classifier` builds it.

    Returns:
        From what its backbone gives to `(n, features)`.
    """
    layer: Callable[..., keras.KerasTensor] = classifier.get_layer(POOLING_LAYER)
    if not isinstance(layer, keras.layers.Concatenate):
        return layer
    both = [classifier.get_layer(name) for name in ("average", "maximum")]
    return lambda features: layer([pooling(features) for pooling in both])


def build_head(head: Head, features: int, classes: int) -> keras.Model:
    """Build what learns on pooled features; it is trained in every phase.

    Its batch normalization, unlike the backbone's, begins without statistics and learns them.

    Args:
        head: What it is made of.
        features: Length of the pooled features.
        classes: Number of classes.

    Returns:
        From `(n, features)` to `float32` probabilities `(n, classes)`, whatever the precision of
        the rest.
    """
    outputs = _sigmoid(head) if head.output == "sigmoid" else _softmax(head, classes)
    return keras.Sequential(
        [keras.Input((features,)), *_hidden_layers(head), *outputs], name=HEAD_LAYER
    )


def _softmax(head: Head, classes: int) -> Iterator[keras.layers.Layer]:
    yield _dense(head, classes, activation="softmax", dtype="float32", name="classes")


def _sigmoid(head: Head) -> Iterator[keras.layers.Layer]:
    """One unit `z`, and both probabilities: the softmax of `(0, z)` is `(1 - p, p)`.

    So 1 - p is never a difference, of which nothing would be left where p is near 1, and their
    cross-entropy is the binary one. With TensorFlow, Keras computes it from `z` itself: a wrong
    prediction has its whole gradient however sure it is. Other backends take it from p as
    `float32`, cut off at 1e-7, for a softmax and a sigmoid alike.
    """
    yield _dense(head, 1, dtype="float32", name=LOGIT_LAYER)
    yield keras.layers.Reshape((1, 1), dtype="float32", name="column")
    yield keras.layers.ZeroPadding1D((1, 0), dtype="float32", name="beside_zero")
    yield keras.layers.Flatten(dtype="float32", name="logits")
    yield keras.layers.Softmax(dtype="float32", name="classes")


def _hidden_layers(head: Head) -> Iterator[keras.layers.Layer]:
    if head.batch_norm:
        yield keras.layers.BatchNormalization(name="batch_norm")
    for number, (units, dropout) in enumerate(zip(head.dense, head.dropouts, strict=True), start=1):
        yield _dense(
            head, units, activation="relu", kernel_initializer="he_normal", name=f"dense{number}"
        )
        if dropout:
            yield keras.layers.Dropout(dropout, name=f"dropout{number}")
    if head.dropout and not head.dense:
        yield keras.layers.Dropout(head.dropout, name="dropout")


def _dense(head: Head, units: int, **options: object) -> keras.layers.Layer:
    penalty = keras.regularizers.L2(head.l2) if head.l2 else None
    return keras.layers.Dense(units, kernel_regularizer=penalty, **options)
