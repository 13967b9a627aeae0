import subprocess
import sys
from types import SimpleNamespace

import keras
import pytest

from brain_tumor_kedro.modelling import devices
from brain_tumor_kedro.modelling.devices import (
    Device,
    describe_backend,
    prepare_device,
    resolve_precision,
)


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
    monkeypatch.setattr(devices, "_ask_driver_for_memory", lambda: 123)

    device = prepare_device()

    assert grown == [(gpu, True)]
    assert device == Device("gpu", "1 x NVIDIA Test", precision, 123)


@pytest.mark.parametrize(
    ("capability", "precision"), [("9.0", "mixed_bfloat16"), ("7.5", "mixed_float16")]
)
def test_jax_is_asked_for_its_gpus(
    monkeypatch: pytest.MonkeyPatch, capability: str, precision: str
) -> None:
    jax = pytest.importorskip("jax")
    gpu = SimpleNamespace(
        platform="gpu",
        device_kind="NVIDIA Test",
        compute_capability=capability,
        memory_stats=lambda: {"bytes_limit": 100, "bytes_in_use": 40},
    )
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(jax, "local_devices", lambda: [gpu, gpu])
    assert prepare_device() == Device("gpu", "2 x NVIDIA Test", precision, 60)


def test_torch_is_asked_for_its_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: True,
        device_count=lambda: 1,
        get_device_name=lambda: "NVIDIA Test",
        get_device_capability=lambda: (8, 0),
        mem_get_info=lambda: (60, 100),
    )
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert prepare_device() == Device("gpu", "1 x NVIDIA Test", "mixed_bfloat16", 60)


@pytest.mark.parametrize("backend", ["jax", "torch", "numpy"])
def test_without_a_gpu_the_processor_computes(
    monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    jax = SimpleNamespace(local_devices=lambda: [SimpleNamespace(platform="cpu")])
    torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    assert prepare_device().kind == "cpu"


@pytest.mark.parametrize("platform", ["cpu", "gpu"])
def test_jax_is_deterministic_on_a_processor_and_on_a_gpu_that_was_told(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    gpu = SimpleNamespace(platform=platform, device_kind="card", memory_stats=dict)
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(local_devices=lambda: [gpu]))
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setenv("XLA_FLAGS", f"--xla_other {devices.XLA_FLAG}")
    devices.make_deterministic()
    monkeypatch.delenv("XLA_FLAGS")
    if platform == "cpu":
        devices.make_deterministic()
        return
    with pytest.raises(ValueError, match="only where XLA_FLAGS has --xla_gpu_deterministic_ops"):
        devices.make_deterministic()


def test_the_fullest_card_tells_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.shutil, "which", lambda name: f"/bin/{name}")
    answer = SimpleNamespace(stdout="143000\n81000\n")
    monkeypatch.setattr(devices.subprocess, "run", lambda *args, **options: answer)
    assert devices._ask_driver_for_memory() == 81000 * 2**20


def test_a_silent_driver_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise subprocess.CalledProcessError(9, "nvidia-smi")

    monkeypatch.setattr(devices.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(devices.subprocess, "run", fail)
    assert devices._ask_driver_for_memory() is None


def test_steps_are_bundled_on_a_gpu_alone() -> None:
    assert Device("cpu", "a processor", "float32").steps_per_execution == 1
    assert Device("gpu", "a card", "mixed_bfloat16").steps_per_execution > 1


def test_the_backend_says_its_version() -> None:
    name, version = describe_backend().split()
    assert name == keras.backend.backend()
    assert version == sys.modules[name].__version__
