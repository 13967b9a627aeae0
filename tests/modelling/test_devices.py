from types import SimpleNamespace

import keras
import pytest

from brain_tumor_kedro.modelling.devices import Device, prepare_device, resolve_precision


def test_the_device_is_described() -> None:
    device = prepare_device()
    assert device.kind in {"cpu", "gpu"}
    assert device.kind.upper() in device.description
    assert (device.kind == "cpu") == (device.precision == "float32")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("auto", "mixed_bfloat16"), ("float32", "float32"), ("mixed_float16", "mixed_float16")],
)
def test_auto_takes_the_devices_precision(wanted: str, expected: str) -> None:
    assert resolve_precision(wanted, Device("gpu", "a GPU", "mixed_bfloat16")) == expected


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="asks TensorFlow for devices")
@pytest.mark.parametrize(
    ("capability", "precision"), [((9, 0), "mixed_bfloat16"), ((7, 5), "mixed_float16")]
)
def test_a_gpu_takes_memory_as_it_needs_it_and_computes_mixed(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], precision: str
) -> None:
    import tensorflow as tf

    gpu = SimpleNamespace(name="/physical_device:GPU:0")
    grown = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda device, on: grown.append((device, on))
    )
    details = {"device_name": "NVIDIA Test", "compute_capability": capability}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: details)

    device = prepare_device()

    assert grown == [(gpu, True)]
    assert (device.kind, device.description, device.precision) == (
        "gpu",
        "1 x NVIDIA Test",
        precision,
    )
