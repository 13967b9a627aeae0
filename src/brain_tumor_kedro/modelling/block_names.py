"""Where the blocks of each architecture begin: layer names, from the last block to the first.

The names are those that Keras gives in a fresh process; `backbones.build_backbone` sees to it that
they are the same however many models were built before.
"""

from collections.abc import Sequence
from string import ascii_lowercase

VGG16 = tuple(f"block{number}_conv1" for number in range(5, 0, -1))

XCEPTION = (
    "block14_sepconv1",
    *(f"block{number}_sepconv1_act" for number in range(13, 2, -1)),
    "block2_sepconv1",
    "block1_conv1",
)

MOBILENET_V2 = (
    "Conv_1",
    *(f"block_{number}_expand" for number in range(16, 0, -1)),
    "expanded_conv_depthwise",
    "Conv1",
)

#: Dense blocks; a transition belongs to the block before it.
DENSENET = (*(f"conv{stage}_block1_0_bn" for stage in range(5, 1, -1)), "conv1_conv")

#: The blocks that end in mixed10 to mixed0, then the stem.
INCEPTION_V3 = (
    *(f"conv2d_{number}" for number in (89, 80, 72, 64, 54, 44, 34, 27, 22, 15, 8)),
    "conv2d",
)

INCEPTION_RESNET_V2 = (
    "conv_7b",
    *(f"conv2d_{number}" for number in range(200, 163, -4)),  # block8_10 to block8_1
    "conv2d_160",  # mixed_7a
    *(f"conv2d_{number}" for number in range(153, 76, -4)),  # block17_20 to block17_1
    "conv2d_73",  # mixed_6a
    *(f"conv2d_{number}" for number in range(69, 14, -6)),  # block35_10 to block35_1
    "conv2d_8",  # mixed_5b
    "conv2d",
)

#: Cells. A normal cell begins with fitting its second input, after a reduction in two parts.
NASNET_MOBILE = (
    *(f"adjust_conv_projection_{cell}" for cell in (12, 11, 10)),
    "adjust_conv_1_9",
    "reduction_conv_1_reduce_8",
    *(f"adjust_conv_projection_{cell}" for cell in (8, 7, 6)),
    "adjust_conv_1_5",
    "reduction_conv_1_reduce_4",
    *(f"adjust_conv_projection_{cell}" for cell in (3, 2, 1)),
    "adjust_conv_1_0",
    "adjust_conv_1_stem_2",
    "reduction_conv_1_stem_1",
    "stem_conv1",
)

#: Encoder blocks of keras-hub's transformer.
VIT_BASE = (
    *(f"transformer_block_{number}" for number in range(12, 0, -1)),
    "vit_patching_and_embedding",
)


def resnet(repeats: Sequence[int]) -> tuple[str, ...]:
    """Residual blocks of a ResNet.

    Args:
        repeats: Blocks in conv2 to conv5.

    Returns:
        First layers, from the last block to the first.
    """
    names = [
        f"conv{stage}_block{block}_1_conv"
        for stage, count in enumerate(repeats, start=2)
        for block in range(1, count + 1)
    ]
    return (*reversed(names), "conv1_conv")


def efficientnet(repeats: Sequence[int], first: str) -> tuple[str, ...]:
    """Inverted bottlenecks of an EfficientNet.

    Args:
        repeats: Blocks in each stage.
        first: What a block of the first stage begins with, which does not expand.

    Returns:
        First layers, from the last block to the first.
    """
    names = [
        f"block{stage}{ascii_lowercase[block]}_{first if stage == 1 else 'expand_conv'}"
        for stage, count in enumerate(repeats, start=1)
        for block in range(count)
    ]
    return ("top_conv", *reversed(names), "stem_conv")


def convnext(name: str, repeats: Sequence[int]) -> tuple[str, ...]:
    """Blocks of a ConvNeXt; the first of a stage begins with its downsampling.

    Args:
        name: The model's name, which its layers begin with.
        repeats: Blocks in each stage.

    Returns:
        First layers, from the last block to the first.
    """
    names = [
        f"{name}_downsampling_block_{stage - 1}"
        if stage and not block
        else f"{name}_stage_{stage}_block_{block}_depthwise_conv"
        for stage, count in enumerate(repeats)
        for block in range(count)
    ]
    return (*reversed(names), f"{name}_stem")
