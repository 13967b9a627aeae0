import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES


def test_a_size_that_is_too_small_is_refused() -> None:
    BACKBONES["xception"].check_size(71)
    with pytest.raises(ValueError, match=r"'xception' takes images of 71 pixels and more.* of 70"):
        BACKBONES["xception"].check_size(70)


def test_a_fixed_size_takes_no_other() -> None:
    BACKBONES["vgg16_fc"].check_size(224)
    with pytest.raises(ValueError, match=r"takes images of 224 pixels alone.* of 256"):
        BACKBONES["vgg16_fc"].check_size(256)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("vgg16", "imagenet"),
        ("radimagenet_resnet50", "radimagenet"),
        ("sample_cnn", "none"),
        ("sample_cnn", "some/file.h5"),
    ],
)
def test_weights_that_there_are_pass(name: str, weights: str) -> None:
    BACKBONES[name].check_weights(weights)


@pytest.mark.parametrize(
    ("name", "weights", "has"),
    [
        ("vgg16", "radimagenet", "imagenet, none, or a file"),
        ("radimagenet_resnet50", "imagenet", "radimagenet, none, or a file"),
        ("sample_cnn", "imagenet", "it has: none, or a file"),
    ],
)
def test_weights_that_there_are_not_are_refused(name: str, weights: str, has: str) -> None:
    with pytest.raises(ValueError, match=f"no {weights} weights for backbone '{name}'.*{has}"):
        BACKBONES[name].check_weights(weights)
