"""What a model computes for one image, and what a card could."""

from math import prod

import keras

#: Dense bfloat16 (older cards: float16) operations per second of NVIDIA cards, from their data
#: sheets, by a part of their names; the first that fits counts.
PEAKS = {
    "B200": 2250e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "V100": 125e12,
    "T4": 65e12,
}

#: Operations of a training step, in forward passes: the backward pass computes the gradients of
#: inputs and of weights, each at the cost of a forward pass.
PASSES = {"head": 1, "all": 3}


def count_flops(model: keras.Model) -> int:
    """Count the operations of one forward pass of one image.

    A multiplication and its addition are two. Those of convolutions and dense layers count, which
    is what is meant by the utilization of a card (Chowdhery et al., PaLM, 2022, appendix B);
    normalization, activations, pooling and resizing do not.

    Args:
        model: A functional model of images of a known size, which may have others inside.

    Returns:
        Floating-point operations.
    """
    return sum(_count(layer) for layer in model.layers)


def _count(layer: keras.layers.Layer) -> int:
    if isinstance(layer, keras.Model):
        return count_flops(layer)
    if isinstance(layer, keras.layers.SeparableConv2D):
        kernels = [layer.depthwise_kernel, layer.pointwise_kernel]
    elif isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D | keras.layers.Dense):
        kernels = [layer.kernel]
    else:
        return 0
    positions = prod(layer.output.shape[1:-1])
    return 2 * positions * sum(prod(kernel.shape) for kernel in kernels)


def find_peak(device: str) -> float | None:
    """Look a card up.

    Args:
        device: What it is called, such as `1 x NVIDIA H200`.

    Returns:
        Operations per second; None where it is not known.
    """
    return next((peak for name, peak in PEAKS.items() if name in device), None)


def utilization(
    flops: int, trainable: str, images_per_second: float, peak: float | None
) -> float | None:
    """Say which part of what a card could compute went into the model.

    Args:
        flops: Of one forward pass of one image.
        trainable: `head` (the backbone is frozen: no backward pass) or `all`.
        images_per_second: In training.
        peak: Operations per second of the card.

    Returns:
        In [0, 1]; None where the peak is not known.
    """
    return None if peak is None else PASSES[trainable] * flops * images_per_second / peak
