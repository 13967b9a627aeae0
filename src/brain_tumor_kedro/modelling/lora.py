"""Low-rank adapters (LoRA): W + (alpha / rank) B A, with W frozen (Hu et al., ICLR 2022).

Keras has them in its own layers, `layer.enable_lora`; here is what it leaves to its caller. Its
factors stand the other way around, as inputs do: `lora_kernel_a` is `(..., inputs, rank)`,
`lora_kernel_b` is `(rank, outputs)` and begins at zero, so that nothing changes at the start.

Keras saves an adapted layer merged and loads it with both factors at zero, where neither has a
gradient: to go on training, keep `model.get_weights()` and not what `model.save` writes.
https://arxiv.org/abs/2106.09685
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import keras
import numpy as np

from brain_tumor_kedro.modelling.layers import leaf_layers
from brain_tumor_kedro.modelling.lora_settings import Lora

#: What Keras can adapt. Depthwise, separable and transposed convolutions are other classes.
ADAPTABLE = (
    keras.layers.Dense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)

ADAPTER_WEIGHTS = ("lora_kernel_a", "lora_kernel_b")


def add_adapters(backbone: keras.Model, lora: Lora) -> list[str]:
    """Put adapters on a backbone's layers; what it computes stays exactly the same at first.

    Args:
        backbone: A built model whose layers have no adapters yet.
        lora: Rank, alpha, and which layers.

    Returns:
        Names of the adapted layers, in the model's order.

    Raises:
        ValueError: Where a pattern matches no layer, or none that can be adapted.
    """
    for pattern in lora.layers:
        _require_match(backbone, pattern)
    chosen = [
        layer
        for layer in backbone.layers
        if isinstance(layer, ADAPTABLE)
        and any(fnmatchcase(layer.name, pattern) for pattern in lora.layers)
    ]
    for layer in chosen:
        layer.enable_lora(lora.rank, lora_alpha=lora.alpha)
    return [layer.name for layer in chosen]


def _require_match(backbone: keras.Model, pattern: str) -> None:
    matches = [layer for layer in backbone.layers if fnmatchcase(layer.name, pattern)]
    if any(isinstance(layer, ADAPTABLE) for layer in matches):
        return
    there = [layer.name for layer in backbone.layers if isinstance(layer, ADAPTABLE)]
    found = ", ".join(f"{layer.name} ({type(layer).__name__})" for layer in matches)
    raise ValueError(
        f"LoRA adapts dense and convolution layers, but {pattern!r} matches "
        + (f"only {found}, which cannot be adapted" if matches else "no layer of the backbone")
        + f". Layers that can be: {', '.join(there) or 'none'}."
    )


def adapted_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Find the layers with adapters, in models within the model too.

    Args:
        model: A built model.

    Returns:
        The layers, in the model's order.
    """
    return (layer for layer in leaf_layers(model) if getattr(layer, "lora_enabled", False))


def count_adapters(model: keras.Model) -> int:
    """Count the parameters of all adapters.

    Args:
        model: A built model.

    Returns:
        Parameters of both factors of every adapted layer; 0 without adapters.
    """
    factors = (
        weight
        for layer in adapted_layers(model)
        for weight in layer.weights
        if weight.name in ADAPTER_WEIGHTS
    )
    return sum(int(np.prod(factor.shape)) for factor in factors)


def train_adapters_only(backbone: keras.Model) -> None:
    """Train a backbone's adapters and nothing else of it, biases neither; compile after it.

    Args:
        backbone: A model with adapters.

    Raises:
        ValueError: Where it has none.
    """
    adapted = list(adapted_layers(backbone))
    if not adapted:
        raise ValueError(
            "Expected a backbone with adapters to train, received one without. Give the recipe "
            "`lora` with rank and layers."
        )
    backbone.trainable = False
    _let_train(backbone, {id(layer) for layer in adapted})
    for layer in adapted:
        for weight in layer.weights:
            weight.trainable = weight.name in ADAPTER_WEIGHTS


def _let_train(model: keras.Model, chosen: set[int]) -> None:
    """Unfreeze chosen layers. A frozen model hides all of its layers, so each is told its own."""
    model.trainable = True
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _let_train(layer, chosen)
        else:
            layer.trainable = id(layer) in chosen


def freeze_adapted_kernels(model: keras.Model) -> None:
    """Freeze again what adapters stand for; call it after every change of `trainable`.

    Keras freezes the kernel of a layer when it gets adapters, but `layer.trainable = True`, on
    the layer or on the model around it, sets all of its weights free.

    Args:
        model: A built model; one without adapters stays as it is.
    """
    for layer in adapted_layers(model):
        for weight in layer.weights:
            if weight.name == "kernel":
                weight.trainable = False


def copy_merged(source: keras.Model, target: keras.Model) -> None:
    """Copy all weights into a model without adapters that predicts the same.

    The sum is taken in `float32`, which `layer.kernel` does not do in mixed precision.

    Args:
        source: A model that may have adapters.
        target: The same model, built without them.

    Raises:
        ValueError: Where the two differ in more than adapters.
    """
    for layer, plain in zip(source.layers, target.layers, strict=True):
        if isinstance(layer, keras.Model):
            copy_merged(layer, plain)
        else:
            plain.set_weights(_merged_weights(layer))


def _merged_weights(layer: keras.layers.Layer) -> list[np.ndarray]:
    values: list[np.ndarray] = layer.get_weights()
    if not getattr(layer, "lora_enabled", False):
        return values
    named = dict(zip((weight.name for weight in layer.weights), values, strict=True))
    a, b = (named.pop(name) for name in ADAPTER_WEIGHTS)
    scale = np.float32(layer.lora_alpha / layer.lora_rank)
    named["kernel"] = named["kernel"] + scale * (a @ b)
    return list(named.values())
