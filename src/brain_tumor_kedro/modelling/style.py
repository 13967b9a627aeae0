"""The style of an image: how strongly and how unevenly each channel of a backbone answers to it.

What an image is made of, such as its edges and grain, shows in the mean and the standard deviation
of every channel of a feature map (Huang and Belongie, ICCV 2017, section 3). The last map of a
fine-tuned backbone tells classes apart and little else: what is no brain at all looks like some
class there. Maps below it still tell (Lee et al., NeurIPS 2018).
"""

import math
from collections.abc import Sequence

import keras

#: A map counts from this many halvings of the image's side on: the ones before cost the most time.
FIRST_HALVING = 2

#: What only adds or takes a border: its output belongs to the size before.
BORDERS = (keras.layers.ZeroPadding2D, keras.layers.Cropping2D, keras.layers.InputLayer)


def find_style_maps(backbone: keras.Model) -> list[keras.KerasTensor]:
    """Find the maps that tell what an image is made of.

    Args:
        backbone: From images `(n, side, side, 3)`.

    Returns:
        For each halving of the side the last map `(n, rows, columns, features)`, from a quarter of
        the side on, without the smallest maps; without those alone where there are no others;
        nothing where the backbone has no maps, as a transformer.
    """
    side = backbone.input_shape[1]
    last: dict[int, keras.KerasTensor] = {}
    for operation in backbone.operations:
        tensor = operation.output
        if isinstance(operation, BORDERS) or isinstance(tensor, list | tuple):
            continue
        if len(tensor.shape) == 4 and tensor.shape[1] and tensor.shape[1] > 1:
            last[round(math.log2(side / tensor.shape[1]))] = tensor
    below = [last[halving] for halving in sorted(last)[:-1] if halving >= FIRST_HALVING]
    return below or list(last.values())


def with_style(backbone: keras.Model) -> keras.Model:
    """Let a backbone tell the style of its images in the same pass.

    Args:
        backbone: From images `(n, side, side, 3)`; the weights are shared.

    Returns:
        From the same images to two outputs: the backbone's own, and the style `float32`
        `(n, values)`, see `describe_maps`; of a backbone without maps its own output, as a vector
        of length 1.
    """
    maps = find_style_maps(backbone)
    style = describe_maps(maps) if maps else _unit(keras.ops.cast(backbone.output, "float32"))
    return keras.Model(backbone.input, [backbone.output, style], name=backbone.name)


def describe_maps(maps: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
    """Describe feature maps by mean and standard deviation of their channels.

    Args:
        maps: Each `(n, rows, columns, features)`, of any sizes.

    Returns:
        `float32` `(n, twice the features of all maps)`: of each map a vector of length 1, since
        maps of different depth differ in scale.
    """
    parts = []
    for one in maps:
        mean, variance = keras.ops.moments(keras.ops.cast(one, "float32"), axes=[1, 2])
        deviation = keras.ops.sqrt(keras.ops.maximum(variance, 0.0))
        parts.append(_unit(keras.ops.concatenate([mean, deviation], axis=-1)))
    return parts[0] if len(parts) == 1 else keras.ops.concatenate(parts, axis=-1)


def _unit(values: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.normalize(values, axis=-1)
