import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import construct
from brain_tumor_kedro.modelling.folding import fold_batch_norm
from brain_tumor_kedro.modelling.style import describe_maps, find_style_maps, with_style


@pytest.fixture(scope="module")
def mobilenet() -> keras.Model:
    return construct(BACKBONES["mobilenet_v2_035"], 64)


@pytest.mark.parametrize(
    ("name", "side", "expected"),
    [
        ("sample_cnn", 64, [(16, 16, 64), (8, 8, 96)]),
        ("mobilenet_v2_035", 64, [(16, 16, 48), (8, 8, 96), (4, 4, 192)]),
    ],
)
def test_maps_are_the_last_of_each_size_without_the_smallest(name, side, expected):
    maps = find_style_maps(construct(BACKBONES[name], side))
    assert [one.shape[1:] for one in maps] == expected


def test_a_network_of_one_size_has_that_one():
    images = keras.Input((8, 8, 3))
    backbone = keras.Model(images, keras.layers.Conv2D(2, 3, padding="same")(images))
    assert [one.shape[1:] for one in find_style_maps(backbone)] == [(8, 8, 2)]


def test_without_maps_the_style_is_what_comes_out():
    images = keras.Input((4, 4, 3))
    backbone = keras.Model(images, keras.layers.Flatten()(images))
    pixels = np.random.default_rng(0).random((2, 4, 4, 3)).astype(np.float32)
    out, style = with_style(backbone)(pixels)
    expected = np.asarray(out) / np.linalg.norm(out, axis=1, keepdims=True)
    np.testing.assert_allclose(style, expected, atol=1e-6)


def test_a_style_is_mean_and_deviation_of_each_channel_map_by_map():
    rng = np.random.default_rng(0)
    first, second = (
        rng.random((2, side, side, channels)).astype(np.float32)
        for side, channels in ((6, 3), (3, 5))
    )
    inputs = [keras.Input(one.shape[1:]) for one in (first, second)]
    style = keras.Model(inputs, describe_maps(inputs))([first, 100 * second])
    parts = [
        np.concatenate([one.mean(axis=(1, 2)), one.std(axis=(1, 2))], axis=1)
        for one in (first, second)
    ]
    expected = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in parts]
    np.testing.assert_allclose(style, np.concatenate(expected, axis=1), atol=1e-5)


def test_a_map_of_zeros_is_no_nan():
    inputs = keras.Input((2, 2, 3))
    style = keras.Model(inputs, describe_maps([inputs]))(np.zeros((1, 2, 2, 3), np.float32))
    np.testing.assert_array_equal(style, np.zeros((1, 6)))


def test_the_backbone_says_what_it_said_and_can_still_be_folded(mobilenet):
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    styled = with_style(mobilenet)
    out, style = styled(pixels)
    np.testing.assert_array_equal(out, mobilenet(pixels))
    assert style.shape == (2, 2 * (48 + 96 + 192))
    folded = fold_batch_norm(styled)
    assert folded is not styled
    np.testing.assert_allclose(folded(pixels)[1], style, atol=1e-5)
