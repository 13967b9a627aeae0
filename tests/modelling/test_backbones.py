import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONES, build_backbone

#: Without top, as Keras counts them.
PARAMETERS = {"mobilenet_v2_035": 410_208, "xception": 20_861_480, "vgg16": 14_714_688}


@pytest.mark.parametrize("name", BACKBONES)
def test_blocks_begin_at_layers_from_last_to_first(name: str) -> None:
    spec = BACKBONES[name]
    backbone = build_backbone(name, max(71, spec.size // 3))
    names = [layer.name for layer in backbone.layers]
    begins = [names.index(block) for block in spec.blocks]
    assert begins == sorted(begins, reverse=True)
    assert not any(layer.weights for layer in backbone.layers[: begins[-1]])
    if name in PARAMETERS:
        assert backbone.count_params() == PARAMETERS[name]


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_says_where_it_comes_from(name: str) -> None:
    assert BACKBONES[name].citation
    assert BACKBONES[name].imagenet == (name != "sample_cnn")
