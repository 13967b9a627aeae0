"""Backbones: a table of plain data, and how to build one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # recipes.py reads this table at start-up, when Keras must not be imported
    import keras

Contract = Literal["tf", "caffe", "torch", "built_in"]

#: The name of the backbone inside every classifier.
BACKBONE_LAYER = "backbone"


@dataclass(frozen=True)
class Backbone:
    """A convolutional trunk without its top.

    Attributes:
        name: What a recipe calls it.
        size: Side in pixels it was designed for.
        contract: What it expects of its input, see `classifier.CONTRACTS`.
        blocks: The first layer of each block, from the last block to the first.
        citation: The paper.
        application: Its function in `keras.applications`; empty where this module builds it.
        options: Arguments of that function.
    """

    name: str
    size: int
    contract: Contract
    blocks: tuple[str, ...]
    citation: str
    application: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def imagenet(self) -> bool:
        """Whether Keras offers ImageNet weights."""
        return bool(self.application)


_TABLE = (
    Backbone(
        name="sample_cnn",
        size=64,
        contract="tf",
        blocks=("block4_conv", "block3_conv", "block2_conv", "block1_conv"),
        citation="Four strided convolutions, for phantoms and tests; no paper.",
    ),
    Backbone(
        name="mobilenet_v2_035",
        size=224,
        contract="tf",
        blocks=(
            "Conv_1",
            *(f"block_{number}_expand" for number in range(16, 0, -1)),
            "expanded_conv_depthwise",
            "Conv1",
        ),
        citation="Sandler et al., MobileNetV2, CVPR 2018, arXiv:1801.04381",
        application="MobileNetV2",
        options={"alpha": 0.35},
    ),
    Backbone(
        name="xception",
        size=299,
        contract="tf",
        blocks=(
            "block14_sepconv1",
            *(f"block{number}_sepconv1_act" for number in range(13, 2, -1)),
            "block2_sepconv1",
            "block1_conv1",
        ),
        citation="Chollet, Xception, CVPR 2017, arXiv:1610.02357",
        application="Xception",
    ),
    Backbone(
        name="vgg16",
        size=224,
        contract="caffe",
        blocks=tuple(f"block{number}_conv1" for number in range(5, 0, -1)),
        citation="Simonyan and Zisserman, ICLR 2015, arXiv:1409.1556",
        application="VGG16",
    ),
)

BACKBONES: Mapping[str, Backbone] = {backbone.name: backbone for backbone in _TABLE}


def build_backbone(name: str, size: int, weights: str = "none") -> keras.Model:
    """Build a backbone for three-channel input that already meets its contract.

    Args:
        name: A key of `BACKBONES`.
        size: Side of the input in pixels.
        weights: `imagenet`, `none` (random), or the path of a weights file.

    Returns:
        From `(n, size, size, 3)` to feature maps `(n, rows, columns, features)`.

    Raises:
        WeightsUnavailableError: Where ImageNet weights can be neither found nor fetched.
        FileNotFoundError: Where the weights file does not exist.
        ValueError: Where the weights file does not fit.
    """
    from brain_tumor_kedro.modelling.weights import explain_download, load_weights_file

    spec = BACKBONES[name]
    if weights == "imagenet":
        with explain_download(name):
            return _construct(spec, size, "imagenet")
    backbone = _construct(spec, size, None)
    if weights != "none":
        load_weights_file(backbone, weights)
    return backbone


def _construct(spec: Backbone, size: int, weights: Literal["imagenet"] | None) -> keras.Model:
    import keras

    if not spec.application:
        return _sample_cnn(size)
    build = getattr(keras.applications, spec.application)
    return build(
        include_top=False,
        weights=weights,
        input_shape=(size, size, 3),
        name=BACKBONE_LAYER,
        **spec.options,
    )


def _sample_cnn(size: int) -> keras.Model:
    """Four 3x3 convolutions that halve the side each, without normalization."""
    import keras

    inputs = keras.Input((size, size, 3))
    features = inputs
    for number, filters in enumerate((16, 32, 64, 96), start=1):
        features = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"block{number}_conv",
        )(features)
        features = keras.layers.MaxPooling2D(2, name=f"block{number}_pool")(features)
    return keras.Model(inputs, features, name=BACKBONE_LAYER)
