import math
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.inner_normalization import DEVIATION, MEAN, refresh
from keras_files import randomize, write_legacy

SIZE = 32


def images() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype(np.float32)


def seen_by_the_stem(backbone: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Return what comes out of the normalization inside."""
    last = [
        layer
        for layer in backbone.layers
        if isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization)
    ][-1]
    return np.asarray(keras.Model(backbone.input, last.output)(pixels))


def normalized(pixels: np.ndarray) -> np.ndarray:
    return (pixels / 255 - np.array(MEAN)) / np.array(DEVIATION)


#: What each family was trained on, of pixels from 0 to 255.
EXPECTED = {
    "efficientnet_b0": normalized,
    "efficientnet_v2s": lambda pixels: pixels / 128 - 1,
    "convnext_tiny": normalized,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_pixels_are_normalized_once_and_whatever_the_weights_are(name: str) -> None:
    assert BACKBONES[name].contract == "built_in"
    pixels = images()
    seen = seen_by_the_stem(build_backbone(name, SIZE), pixels)
    np.testing.assert_allclose(seen, EXPECTED[name](pixels), atol=1e-4)
    assert np.abs(seen).max() < 6


def test_normalization_is_computed_in_float32() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        backbone = build_backbone("convnext_tiny", SIZE)
    finally:
        keras.config.set_dtype_policy("float32")
    normalization = backbone.get_layer("convnext_tiny_prestem_normalization")
    assert normalization.compute_dtype == "float32"
    assert backbone.get_layer("convnext_tiny_stage_0_block_0_depthwise_conv").compute_dtype == (
        "bfloat16"
    )
    pixels = images()
    np.testing.assert_allclose(seen_by_the_stem(backbone, pixels), normalized(pixels), atol=1e-4)


def keras_efficientnet(weights: str | None) -> keras.Model:
    return keras.applications.EfficientNetB0(
        include_top=False, weights=weights, input_shape=(SIZE, SIZE, 3)
    )


def test_efficientnet_is_one_function_from_keras_and_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = randomize(keras_efficientnet(weights=None))
    normalization = next(
        layer for layer in plain.layers if isinstance(layer, keras.layers.Normalization)
    )
    normalization.set_weights([np.array(MEAN), np.array(DEVIATION), np.array(0)])
    refresh(plain)
    path = write_legacy(plain, tmp_path / "efficientnetb0_notop.h5")
    monkeypatch.setattr(
        keras.src.utils.file_utils, "get_file", lambda name, *_, **__: str(path.with_name(name))
    )
    pixels = images()
    theirs = keras_efficientnet(weights="imagenet")
    expected = theirs(pixels)
    scale = np.abs(expected).max()
    for weights in ("imagenet", str(path)):
        ours = build_backbone("efficientnet_b0", SIZE, weights)
        np.testing.assert_allclose(ours(pixels) / scale, expected / scale, atol=1e-5)
        for our_weight, their_weight in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(our_weight, their_weight)
    # The trap: without the word imagenet, Keras makes another function of the same weights, here
    # by a hundred times what is tolerated above.
    assert np.abs(plain(pixels) - expected).max() / scale > 1e-3


def test_weights_that_are_set_take_effect() -> None:
    inputs = keras.Input((2, 2, 3))
    model = keras.Model(inputs, keras.layers.Normalization()(inputs))
    outer = keras.Sequential([keras.Input((2, 2, 3)), model])
    outer.set_weights([np.full(3, 2.0), np.full(3, 4.0), np.array(0)])
    pixels = np.full((1, 2, 2, 3), 6.0, np.float32)
    assert outer.predict(pixels, verbose=0)[0, 0, 0, 0] == 6
    refresh(outer)
    outer.make_predict_function(force=True)
    assert math.isclose(outer.predict(pixels, verbose=0)[0, 0, 0, 0], 2)
