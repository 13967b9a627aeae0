import json
import logging
import os
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.distribution import (
    Distribution,
    _Shares,
    open_distribution,
    read_tf_config,
)
from brain_tumor_kedro.modelling.phase_settings import Phase

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's"
)

#: Trains in a process of its own, once for each of the settings named on the command line, on two
#: virtual processors where it is the only worker.
TRAINING = """
import json, os, sys

import numpy as np
import pandas as pd
import tensorflow as tf

if "TF_CONFIG" not in os.environ:
    processor = tf.config.list_physical_devices("CPU")[0]
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)

from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

trained, epochs = int(sys.argv[1]), 2
images = np.random.default_rng(0).integers(0, 90, (trained + 11, 40, 40), dtype=np.uint8)
images[0::2, :, :20] += 120
images[1::2, :, 20:] += 120
manifest = pd.DataFrame({
    "row": range(len(images)),
    "label": ["left" if row % 2 else "right" for row in range(len(images))],
    "split": ["train"] * trained + ["val"] * 11,
})
phase = {"learning_rate": 1e-3, "epochs": epochs}
recipe = Recipe.model_validate({
    "backbone": "sample_cnn", "weights": "none", "image_size": 32, "batch_size": 8,
    "class_weights": "balanced",
    "phases": [
        {"name": "head", "trainable": "head", **phase},
        {"name": "all", "trainable": "all", "early_stopping": {"patience": 3}, **phase},
    ],
})
report = {}
for name in sys.argv[2:]:
    result = train(recipe, images, manifest, ("left", "right"), compute=Compute(distribution=name))
    report[name] = {
        "history": result.history.drop(columns=["phase", "seconds"]).to_numpy().tolist(),
        "weights": [np.abs(weight).mean().item() for weight in result.model.get_weights()],
        "columns": list(result.history.drop(columns=["phase", "seconds"])),
    }
print(json.dumps(report))
"""


def start(*names: str, **environment: str) -> subprocess.Popen:
    """Train on 27 images in batches of 8: the last has 3, of which one device gets 2."""
    return subprocess.Popen(
        [sys.executable, "-c", TRAINING, "27", *names],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> dict[str, Any]:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert "val_loss" in ours["columns"]
    np.testing.assert_allclose(ours["history"], theirs["history"], atol=1e-4)
    np.testing.assert_allclose(ours["weights"], theirs["weights"], atol=1e-5)


@pytest.fixture(scope="module")
def reports() -> dict[str, Any]:
    return finish(start("none", "mirrored"))


def test_two_devices_train_as_one(reports: dict[str, Any]) -> None:
    assert_same(reports["none"], reports["mirrored"])


@pytest.mark.slow
def test_two_workers_train_as_one(reports: dict[str, Any]) -> None:
    with socket.create_server(("localhost", 0)) as one, socket.create_server(("", 0)) as two:
        hosts = [f"localhost:{server.getsockname()[1]}" for server in (one, two)]
    configs = [
        {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        for index in (0, 1)
    ]
    workers = [start("multi_worker", TF_CONFIG=json.dumps(config)) for config in configs]
    for worker in workers:
        assert_same(reports["none"], finish(worker)["multi_worker"])


def batches_of(images: int, batch_size: int, seed: int | None = None) -> Batches:
    numbers = np.arange(images, dtype=np.int32)
    targets = np.eye(2, dtype=np.float32)[numbers % 2]
    return Batches(numbers, numbers, targets=targets, batch_size=batch_size, seed=seed)


def shares_of_an_epoch(shares: _Shares, replicas: int) -> list[list[np.ndarray]]:
    """Image numbers per step and replica."""
    stream = shares.endless(range(replicas), 0)
    return [[next(stream)[0] for _ in range(replicas)] for _ in range(len(shares))]


@pytest.mark.parametrize("replicas", [1, 2, 3, 8])
@pytest.mark.parametrize("images", [8, 16, 17, 23, 27])
def test_every_image_is_in_one_share(images: int, replicas: int) -> None:
    steps = shares_of_an_epoch(_Shares(batches_of(images, 8), replicas), replicas)
    seen = np.concatenate([share for step in steps for share in step])
    assert seen.tolist() == list(range(images))
    for step in steps:
        sizes = [len(share) for share in step]
        assert min(sizes) > 0
        assert max(sizes) - min(sizes) <= 1


def test_a_step_has_the_images_of_a_batch() -> None:
    batches = batches_of(20, 8, seed=3)
    steps = shares_of_an_epoch(_Shares(batches, 2), 2)
    assert [np.concatenate(step).tolist() for step in steps] == [
        batch[0].tolist() for batch in batches
    ]


def test_every_epoch_has_its_order_and_the_batches_keep_theirs() -> None:
    batches = batches_of(20, 8, seed=3)
    batches.start_epoch(5)
    order = batches.order.copy()
    stream = _Shares(batches, 1).endless(range(1), 5)
    first, second = ([next(stream)[0] for _ in range(3)] for _ in range(2))
    assert np.concatenate(first).tolist() == order.tolist()
    assert np.concatenate(second).tolist() != order.tolist()
    assert batches.order.tolist() == order.tolist()


def test_more_devices_than_images_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one image for each of 4 devices, received 3"):
        _Shares(batches_of(3, 8), 4)


def test_one_device_is_fed_the_batches_themselves() -> None:
    train, val = batches_of(8, 4), batches_of(4, 4)
    assert Distribution().feed(train, val, 0) == {"x": train, "validation_data": val}


def test_one_device_alone_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="brain_tumor_kedro"):
        distribution = open_distribution(Compute(distribution="mirrored"))
    assert distribution.replicas == 1
    assert "found one device" in caplog.text


def test_another_backend_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="needs the TensorFlow backend of Keras, but jax"):
        open_distribution(Compute(distribution="mirrored"))


@pytest.mark.parametrize("wrong", [{"gradient_clipping": 1.0}, {"accumulate": 2}])
def test_what_keras_does_not_do_over_replicas_is_refused(wrong: dict[str, float]) -> None:
    def make_phase(**changes: float) -> Phase:
        values = {"name": "all", "trainable": "all", "learning_rate": 1e-3, "epochs": 1}
        return Phase.model_validate(values | changes)

    two = Distribution(SimpleNamespace(num_replicas_in_sync=2))
    two.check(make_phase(ema=0.9, layer_decay=0.5))
    Distribution().check(make_phase(**wrong))
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}, .* over 2 replicas"):
        two.check(make_phase(**wrong))


@pytest.mark.parametrize(
    "config",
    [
        None,
        "not JSON",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": "0"}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
    ],
)
def test_workers_have_to_be_named(monkeypatch: pytest.MonkeyPatch, config: str | None) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if config is not None:
        monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match="needs TF_CONFIG such as"):
        read_tf_config()
