import importlib
from types import ModuleType

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.classifier import _preprocess
from brain_tumor_kedro.modelling.contracts import CONTRACTS

SIZE = 24

#: One of Keras's own functions for each of its contracts.
PREPROCESS_INPUT = {
    "tf": keras.applications.mobilenet_v2.preprocess_input,
    "caffe": keras.applications.vgg16.preprocess_input,
    "torch": keras.applications.densenet.preprocess_input,
    "built_in": keras.applications.efficientnet_v2.preprocess_input,
}


def module_of(application: str) -> ModuleType:
    return importlib.import_module(getattr(keras.applications, application).__module__)


def in_model(contract: str, images: np.ndarray) -> np.ndarray:
    shape = (None, None) if images.ndim == 3 else (None, None, 3)
    inputs = keras.Input(shape, dtype="uint8")
    return keras.Model(inputs, _preprocess(inputs, SIZE, contract)).predict(images, verbose=0)


def random_images(channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Make what a classifier takes, and the same as RGB in float."""
    rgb = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    if channels == 1:
        rgb = np.repeat(rgb[..., :1], 3, axis=-1)
    return (rgb[..., 0] if channels == 1 else rgb), rgb.astype(np.float32)


@pytest.mark.parametrize("contract", PREPROCESS_INPUT)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_contract_is_what_keras_does(contract: str, channels: int) -> None:
    images, rgb = random_images(channels)
    expected = PREPROCESS_INPUT[contract](rgb.copy())
    np.testing.assert_allclose(in_model(contract, images), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "name",
    [row.name for row in BACKBONES.values() if row.application and row.pretraining == "imagenet"],
)
def test_each_backbone_has_the_contract_of_its_own_module(name: str) -> None:
    row = BACKBONES[name]
    images, rgb = random_images(channels=3)
    expected = module_of(row.application).preprocess_input(rgb.copy())
    np.testing.assert_allclose(in_model(row.contract, images), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_radimagenet_is_what_its_publishers_generator_makes(channels: int) -> None:
    images, rgb = random_images(channels)
    generator = keras.src.legacy.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255,
        preprocessing_function=keras.applications.imagenet_utils.preprocess_input,
    )
    expected = np.stack([generator.standardize(image.copy()) for image in rgb])
    assert expected.min() < -0.4
    assert expected.max() > 0.5
    np.testing.assert_allclose(in_model("radimagenet", images), expected, rtol=0, atol=1e-5)


def test_every_contract_is_used() -> None:
    assert {row.contract for row in BACKBONES.values()} == set(CONTRACTS) - {"unit"}


@pytest.mark.parametrize("channels", [1, 3])
def test_unit_is_from_0_to_1_red_first(channels: int) -> None:
    images, rgb = random_images(channels)
    np.testing.assert_allclose(in_model("unit", images), rgb / 255, rtol=0, atol=1e-6)
