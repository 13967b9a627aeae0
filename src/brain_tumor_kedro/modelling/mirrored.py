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
    both = average_sides(classifier(images), classifier(mirror(images)))
    return keras.Model(images, both, name=classifier.name)


def mirror(images: keras.KerasTensor) -> keras.KerasTensor:
    """Swap left and right of images `(n, h, w)` or `(n, h, w, channels)`."""
    return keras.ops.flip(images, axis=2)


def average_sides(one: keras.KerasTensor, other: keras.KerasTensor) -> keras.KerasTensor:
    """Average the probabilities of both sides, each `(n, classes)`."""
    return keras.layers.Average(name="sides")([one, other])
