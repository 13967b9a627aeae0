import json
import os
import subprocess
import sys
from collections.abc import Callable

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.gradcam import compute_grad_cam
from brain_tumor_kedro.modelling.gradients import differentiate
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import with_temperature

#: A network in which Grad-CAM is known: average pooling and one dense layer, where the map is the
#: features' sum, weighted by the class's weights (Zhou et al., CVPR 2016), over the places' number.
CAM = """
import keras
import numpy as np

from brain_tumor_kedro.modelling.gradcam import compute_grad_cam

keras.utils.set_random_seed(0)
images = np.random.default_rng(0).integers(0, 255, (5, 8, 8), dtype=np.uint8)
pixels = keras.Input((8, 8, 1))
features = keras.layers.Conv2D(6, 2, strides=2, activation="tanh", name="conv")(pixels)
backbone = keras.Model(pixels, features, name="backbone")
inputs = keras.Input((8, 8), dtype="uint8", name="images")
scaled = keras.ops.expand_dims(keras.ops.cast(inputs, "float32"), -1)
scaled = keras.layers.Rescaling(1 / 127.5, -1.0, name="contract")(scaled)
pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(backbone(scaled))
dense = keras.layers.Dense(3, activation="softmax", bias_initializer="glorot_normal")
head = keras.Sequential([keras.Input((6,)), dense], name="head")
classifier = keras.Model(inputs, head(pooled))

targets = np.array([0, 1, 2, 1, 0])
maps = compute_grad_cam(classifier, images, np.arange(5), targets, batch_size=2)
activations = keras.ops.convert_to_numpy(backbone(images[..., None] / np.float32(127.5) - 1))
weights = keras.ops.convert_to_numpy(dense.kernel)[:, targets]
by_hand = np.maximum(np.einsum("nrcf,fn->nrc", activations, weights), 0) / 16
"""


def test_of_a_linear_head_it_is_the_class_activation_map() -> None:
    found: dict[str, np.ndarray] = {}
    exec(CAM, found)  # noqa: S102  # the same text runs in a process of another backend
    assert found["maps"].shape == (5, 4, 4)
    assert found["by_hand"].max() > 0
    np.testing.assert_allclose(found["maps"], found["by_hand"], atol=1e-6)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_compute_the_same(backend: str) -> None:
    pytest.importorskip(backend)
    script = CAM + "\nimport json\nprint(json.dumps([maps.tolist(), by_hand.tolist()]))"
    process = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    maps, by_hand = map(np.array, json.loads(process.stdout.splitlines()[-1]))
    np.testing.assert_allclose(maps, by_hand, atol=1e-6)


def test_gradients_are_those_of_each_row() -> None:
    rows = keras.ops.convert_to_tensor(np.arange(6, dtype=np.float32).reshape(3, 2))
    gradient = differentiate(lambda values: keras.ops.sum(values**2, axis=1), rows)
    np.testing.assert_array_equal(np.asarray(gradient), 2 * np.arange(6).reshape(3, 2))


def test_a_backend_without_gradients_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ValueError, match=r"tensorflow, jax, torch\), found 'numpy'"):
        differentiate(lambda values: values, np.zeros(1))


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_a_mirrored_and_calibrated_classifier_is_mapped_on_both_sides(
    make_recipe: Callable[..., Recipe], images: np.ndarray, output: str
) -> None:
    plain = build_classifier(make_recipe(head={"output": output}), ("left", "right"))
    whole = with_temperature(average_mirrored(plain), 2.0)
    rows, targets = np.array([3, 0, 7]), np.array([1, 0, 1])
    maps = compute_grad_cam(whole, images, rows, targets)
    one = compute_grad_cam(plain, images, rows, targets)
    other = compute_grad_cam(plain, images[:, :, ::-1], rows, targets)[:, :, ::-1]
    assert maps.shape == (3, 4, 4)
    assert maps.max() > 0
    against = compute_grad_cam(plain, images, rows, 1 - targets)
    assert against.max() > 0, "one unit speaks for both classes"
    np.testing.assert_allclose(maps, (one + other) / 2, rtol=1e-5, atol=1e-7)


def test_images_that_would_be_padded_are_refused(make_recipe: Callable[..., Recipe]) -> None:
    classifier = build_classifier(make_recipe(), ("left", "right"))
    with pytest.raises(ValueError, match=r"square images.*\(2, 40, 30\)"):
        compute_grad_cam(classifier, np.zeros((2, 40, 30), np.uint8), np.arange(2), np.zeros(2))
