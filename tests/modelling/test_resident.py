from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.devices import Device
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.resident import Resident, looked_up, stays_resident

CLASSES = ("left", "right")

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def classifier(make_recipe: MakeRecipe) -> keras.Model:
    return build_classifier(make_recipe(), CLASSES)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_rows_come_as_they_are(dtype: str) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(dtype)
    rows = Resident(array)(np.array([4, 0, 4], np.int32))
    assert rows.dtype == dtype
    np.testing.assert_array_equal(rows, array[[4, 0, 4]])


def test_a_memory_map_can_be_kept(images: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(Resident(mapped)(np.array([7])), images[[7]])


def test_looking_up_changes_no_prediction(classifier: keras.Model, images: np.ndarray) -> None:
    rows = np.array([3, 30, 11], np.int32)
    np.testing.assert_array_equal(
        looked_up(classifier, Resident(images)).predict(rows, verbose=0),
        classifier.predict(images[rows], verbose=0),
    )


def test_the_array_is_no_weight(
    classifier: keras.Model, images: np.ndarray, tmp_path: Path
) -> None:
    model = looked_up(classifier, Resident(images))
    assert len(model.get_weights()) == len(classifier.get_weights())
    assert model.count_params() == classifier.count_params()
    model.save_weights(tmp_path / "model.weights.h5")
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    sizes = [(tmp_path / f"{name}.weights.h5").stat().st_size for name in ("model", "classifier")]
    assert abs(sizes[0] - sizes[1]) < images.nbytes


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_training_is_the_same(
    make_recipe: MakeRecipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    only_phase: dict,
    precision: str,
) -> None:
    recipe = make_recipe(
        augmentation={"brightness": [0.8, 1.2]},
        class_weights="balanced",
        precision=precision,
        phases=[only_phase | {"epochs": 2, "early_stopping": {"patience": 3}}],
    )
    mapped, resident = (
        train(recipe, images, manifest, CLASSES, 1, compute=Compute(resident=kept))
        for kept in (False, True)
    )
    columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    np.testing.assert_allclose(mapped.history[columns], resident.history[columns], atol=1e-6)
    for ours, theirs in zip(mapped.model.get_weights(), resident.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "free_memory", "kept"),
    [("gpu", 1000, True), ("gpu", 400, False), ("gpu", None, False), ("cpu", None, False)],
)
def test_auto_keeps_on_a_gpu_what_leaves_room(
    kind: str, free_memory: int | None, kept: bool
) -> None:
    device = Device(kind, "a device", "float32", free_memory)
    assert stays_resident(Compute(), np.zeros(100, np.uint8), device) is kept


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow alone")
@pytest.mark.parametrize("compute", [{"deterministic": True}, {"distribution": "mirrored"}])
def test_auto_leaves_images_on_the_host_where_xla_is_off(compute: dict) -> None:
    device = Device("gpu", "a device", "float32", 10**9)
    assert not stays_resident(Compute(**compute), np.zeros(100, np.uint8), device)


def test_a_wish_is_a_command() -> None:
    device = Device("cpu", "a device", "float32")
    assert stays_resident(Compute(resident=True), np.zeros(100, np.uint8), device)
    device = Device("gpu", "a device", "float32", 1000)
    assert not stays_resident(Compute(resident=False), np.zeros(100, np.uint8), device)
