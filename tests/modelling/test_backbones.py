from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER, build_backbone
from keras_files import write_legacy

#: Without top, as Keras counts them; four are there twice.
PARAMETERS = {
    "vgg16": 14_714_688,
    "vgg16_fc": 134_260_544,
    "xception": 20_861_480,
    "resnet50": 23_587_712,
    "resnet101": 42_658_176,
    "resnet152": 58_370_944,
    "mobilenet_v2": 2_257_984,
    "mobilenet_v2_035": 410_208,
    "efficientnet_b0": 4_049_571,
    "efficientnet_b3": 10_783_535,
    "efficientnet_b4": 17_673_823,
    "efficientnet_v2s": 20_331_360,
    "nasnet_mobile": 4_269_716,
    "densenet121": 7_037_504,
    "densenet201": 18_321_984,
    "inception_v3": 21_802_784,
    "inception_resnet_v2": 54_336_736,
    "convnext_tiny": 27_820_128,
    "convnext_base": 87_566_464,
    "sample_cnn": 78_976,
}

#: Those that take several seconds, and have a relative that does not, or are built elsewhere too.
SLOW = {
    "convnext_base",
    "densenet201",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_v2s",
    "resnet152",
}


def marked(names: list[str]) -> list:
    return [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in names]


def build_smallest(name: str) -> keras.Model:
    spec = BACKBONES[name]
    return build_backbone(name, spec.size if spec.fixed else spec.smallest)


def cell(name: str) -> str:
    """Name the NASNet cell that a layer belongs to."""
    known = ("stem_1", "stem_2", "reduce_4", "reduce_8")
    return next((end for end in known if name.endswith(end)), name.rsplit("_", 1)[-1])


def require_whole_blocks(backbone: keras.Model, blocks: tuple[str, ...]) -> None:
    for block in blocks:
        # Fails where the output depends on anything but the block's input.
        keras.Model(backbone.get_layer(block).input, backbone.output)


def require_whole_cells(backbone: keras.Model, blocks: tuple[str, ...]) -> None:
    names = [layer.name for layer in backbone.layers if layer.weights]
    ends = [len(names), *(names.index(block) for block in blocks)]
    for block, end in zip(blocks[:-1], ends, strict=False):  # the stem has no cell
        assert {cell(name) for name in names[names.index(block) : end]} == {cell(block)}


@pytest.mark.parametrize("name", marked(list(PARAMETERS)))
def test_the_table_says_what_is_built(name: str) -> None:
    spec = BACKBONES[name]
    backbone = build_smallest(name)
    assert backbone.name == BACKBONE_LAYER
    assert backbone.count_params() == spec.parameters == PARAMETERS[name]
    assert backbone.output_shape[-1] == spec.features
    assert len(backbone.output_shape) == (2 if spec.cut_after else 4)
    names = [layer.name for layer in backbone.layers]
    begins = [names.index(block) for block in spec.blocks]
    assert begins == sorted(begins, reverse=True)
    assert not any(layer.trainable_weights for layer in backbone.layers[: begins[-1]])
    check = require_whole_cells if name == "nasnet_mobile" else require_whole_blocks
    check(backbone, spec.blocks)


def test_every_network_of_the_table_is_built_above() -> None:
    networks = {name.removeprefix("radimagenet_") for name in BACKBONES}
    assert networks == {*PARAMETERS, "vit_base_16"}  # which test_vit.py builds


def test_names_do_not_depend_on_what_was_built_before() -> None:
    first, second = (build_backbone("xception", 71) for _ in range(2))
    names = [operation.name for operation in second.operations]
    assert names == [operation.name for operation in first.operations]
    assert len(set(names)) == len(names)
    assert {"conv2d", "conv2d_3", "add_11", "batch_normalization", "input_layer"} <= set(names)
    assert "conv2d_4" not in names


def test_what_a_backbone_cannot_take_is_refused_before_it_is_built() -> None:
    with pytest.raises(ValueError, match="71 pixels and more"):
        build_backbone("xception", 64)
    with pytest.raises(ValueError, match="no radimagenet weights"):
        build_backbone("xception", 71, "radimagenet")


@pytest.mark.slow  # 138 million weights, three times
def test_the_published_file_of_vgg16_with_its_top_gives_the_fully_connected_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    donor = keras.applications.VGG16(weights=None)
    path = write_legacy(donor, tmp_path / "vgg16_weights_tf_dim_ordering_tf_kernels.h5")
    monkeypatch.setattr(
        keras.src.utils.file_utils, "get_file", lambda name, *_, **__: str(path.with_name(name))
    )
    expected = donor.get_layer("fc2").get_weights()[0]
    for weights in ("imagenet", str(path)):
        backbone = build_backbone("vgg16_fc", 224, weights)
        np.testing.assert_array_equal(backbone.get_layer("fc2").get_weights()[0], expected)
        assert backbone.layers[-1].name == "fc2"
