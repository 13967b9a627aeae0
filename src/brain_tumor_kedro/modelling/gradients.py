"""Gradients with respect to an input: Keras has no word of its own for them, its backends have."""

from collections.abc import Callable
from typing import Any

import keras

#: A tensor of whatever backend is at work.
Tensor = Any


def differentiate(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """Differentiate the sum of a function's values.

    Where the function treats the rows of its input apart, as any network does outside of training,
    that is the gradient of each row's value.

    Args:
        function: Made of `keras.ops` and layers; no variable changes in it.
        inputs: A floating-point tensor of the backend.

    Returns:
        The gradient, of the shape of `inputs`.

    Raises:
        ValueError: Where the backend has no gradients.
    """
    backend = keras.backend.backend()
    if backend not in _BACKENDS:
        raise ValueError(
            f"Expected a backend with gradients ({', '.join(_BACKENDS)}), found {backend!r}. "
            "Choose one by the environment variable KERAS_BACKEND."
        )
    return _BACKENDS[backend](function, inputs)


def _with_tensorflow(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        values = function(inputs)
    return tape.gradient(values, inputs)


def _with_jax(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    import jax

    return jax.grad(lambda values: keras.ops.sum(function(values)))(inputs)


def _with_torch(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    import torch

    with torch.enable_grad():
        watched = inputs.detach().requires_grad_()
        return torch.autograd.grad(function(watched).sum(), watched)[0]


_BACKENDS = {"tensorflow": _with_tensorflow, "jax": _with_jax, "torch": _with_torch}
