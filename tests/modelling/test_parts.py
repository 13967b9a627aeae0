from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER
from brain_tumor_kedro.modelling.classifier import CONTRACT_LAYER, build_classifier
from brain_tumor_kedro.modelling.heads import HEAD_LAYER, POOLING_LAYER
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.parts import fold_parts, plain_classifier, with_parts
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import uncalibrated, with_temperature

CLASSES = ("left", "right")


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_exported_classifier_shows_its_parts(
    make_recipe: Callable[..., Recipe],
    images: np.ndarray,
    tmp_path: Path,
    mirrored: bool,
    calibrated: bool,
    channels: int,
) -> None:
    batch = images[:8] if channels == 1 else np.stack([images[:8]] * 3, axis=-1)
    built = build_classifier(make_recipe(), CLASSES, channels=channels)
    model = average_mirrored(built) if mirrored else built
    model = with_temperature(model, 0.4) if calibrated else model
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")

    plain = plain_classifier(loaded)
    for name in (CONTRACT_LAYER, BACKBONE_LAYER, POOLING_LAYER, HEAD_LAYER):
        assert plain.get_layer(name) is not None
    np.testing.assert_allclose(plain(batch), built(batch), atol=1e-6)

    parts = with_parts(loaded)(batch)
    trunk = keras.Model(built.input, built.get_layer(POOLING_LAYER).output)
    np.testing.assert_allclose(parts["features"], trunk(batch), atol=1e-5)
    np.testing.assert_allclose(parts["raw"], uncalibrated(model)(batch), atol=1e-6)
    np.testing.assert_allclose(parts["calibrated"], model(batch), atol=1e-6)

    styled = with_parts(loaded, style=True)
    told = styled(batch)
    for name, values in parts.items():
        np.testing.assert_allclose(told[name], values, atol=1e-6)
    np.testing.assert_allclose(fold_parts(styled)(batch)["style"], told["style"], atol=1e-6)
    assert np.isfinite(told["style"]).all()


@pytest.mark.parametrize("pooling", ["avg", "max", "avg_max"])
def test_every_pooling_has_a_style_beside(
    make_recipe: Callable[..., Recipe], images: np.ndarray, pooling: str
) -> None:
    model = build_classifier(make_recipe(head={"pooling": pooling}), CLASSES)
    told = with_parts(model, style=True)(images[:4])
    np.testing.assert_allclose(told["features"], with_parts(model)(images[:4])["features"])
    np.testing.assert_allclose(told["calibrated"], model(images[:4]), atol=1e-6)


def test_another_model_is_an_error() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="only")])
    with pytest.raises(ValueError, match="with a layer 'backbone', found the layers only"):
        plain_classifier(model)
