"""A classifier that sees both sides of an image in one pass of the backbone."""

import keras

from brain_tumor_kedro.modelling.mirrored import mirror
from brain_tumor_kedro.modelling.parts import is_mirrored, plain_classifier
from brain_tumor_kedro.modelling.temperature import is_calibrated, temper, temperature_of


def in_one_pass(classifier: keras.Model) -> keras.Model:
    """Let a mirrored classifier see images and mirror images as one batch, twice as large.

    A converter that writes a backbone's operations down as often as they are called then writes
    them down once.

    Args:
        classifier: Of this project, with or without mirror image and temperature.

    Returns:
        From the same images to the same probabilities, with the same weights; the classifier itself
        where it is not mirrored.
    """
    if not is_mirrored(classifier):
        return classifier
    plain = plain_classifier(classifier)
    images = keras.Input(plain.input_shape[1:], dtype=plain.inputs[0].dtype, name="images")
    both = plain(keras.ops.concatenate([images, mirror(images)], axis=0))
    sides = keras.ops.reshape(both, (2, -1, both.shape[-1]))
    raw = keras.ops.mean(sides, axis=0)
    out = temper(raw, temperature_of(classifier)) if is_calibrated(classifier) else raw
    return keras.Model(images, out, name=classifier.name)
