"""Test-time augmentation: a classifier that looks at both an image and its mirror image."""

import keras


def average_mirrored(classifier: keras.Model) -> keras.Model:
    """Average a classifier's probabilities of an image and of its mirror image.

    Left and right mean nothing to these classes, but a classifier learns some of it by heart.
    Twice the work for each prediction. Simonyan and Zisserman, ICLR 2015.

    Args:
        classifier: From images `(n, h, w)` or `(n, h, w, channels)` to probabilities.

    Returns:
        The same in and out, with the same weights.
    """
    images = keras.Input(
        classifier.input_shape[1:], dtype=classifier.inputs[0].dtype, name="images"
    )
    sides = [classifier(images), classifier(keras.ops.flip(images, axis=2))]
    return keras.Model(images, keras.layers.Average(name="sides")(sides), name=classifier.name)
