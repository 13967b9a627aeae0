"""`keras.applications`, as Keras builds them, with layer names that stay."""

import re
from collections import defaultdict
from typing import Any, Literal

import keras

from brain_tumor_kedro.modelling.backbone_spec import Backbone


def build_application(
    spec: Backbone, size: int, weights: Literal["imagenet"] | None
) -> keras.Model:
    """Build one of `keras.applications`, as Keras builds it.

    Keras derives the address of some weights, and of EfficientNetV2 the preprocessing, from the
    model's name, so that is left as it is.

    Args:
        spec: A row with an application.
        size: Side of the input in pixels.
        weights: Which it starts with; None is random.

    Returns:
        The network without its top, or cut as the row says.
    """
    options: dict[str, Any] = dict(spec.options)
    if not spec.cut_after:
        options |= {"include_top": False, "input_shape": (size, size, 3)}
    network = getattr(keras.applications, spec.application)(weights=weights, **options)
    if not spec.cut_after:
        return network
    return keras.Model(network.input, network.get_layer(spec.cut_after).output)


def name_as_if_fresh(network: keras.Model, name: str) -> keras.Model:
    """Give layers without a name of their own the one that they would have in a fresh process.

    Keras numbers them on through the life of a process: `conv2d_94` is the first convolution of
    the second Inception. Patterns in recipes, and blocks, need names that stay.

    Args:
        network: A network of `keras.applications`; it is changed.
        name: What it is called itself.

    Returns:
        The same network.
    """
    numbered = defaultdict(list)
    for operation in network.operations:
        stem = _snake_case(type(operation).__name__)
        if match := re.fullmatch(rf"{stem}(?:_(\d+))?", operation.name):
            numbered[stem].append((int(match[1] or 0), operation))
    for stem, operations in numbered.items():
        operations.sort(key=lambda pair: pair[0])
        for number, (_, operation) in enumerate(operations):
            operation.name = f"{stem}_{number}" if number else stem
    network.name = name
    return network


def _snake_case(name: str) -> str:
    """Write a class's name as Keras does: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
