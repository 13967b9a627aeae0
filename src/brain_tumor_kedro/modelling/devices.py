"""The device that computes: what it is, and which precision suits it."""

import logging
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import keras

logger = logging.getLogger(__name__)

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]

#: Few enough for a progress bar that moves.
GPU_STEPS_PER_EXECUTION = 16

#: NVIDIA cards compute in bfloat16 from this compute capability on (Ampere).
BFLOAT16_CAPABILITY = (8, 0)


#: Has to be set before JAX starts.
XLA_FLAG = "--xla_gpu_deterministic_ops=true"


@dataclass(frozen=True)
class Device:
    """What computes.

    Attributes:
        kind: `gpu` or `cpu`.
        description: For people.
        precision: The fastest precision it computes well in.
        free_memory: Bytes that a GPU has left; None where nobody knows.
    """

    kind: Literal["gpu", "cpu"]
    description: str
    precision: Precision
    free_memory: int | None = None

    @property
    def steps_per_execution(self) -> int:
        """Batches per call of the compiled function: what surrounds a call keeps a GPU waiting."""
        return GPU_STEPS_PER_EXECUTION if self.kind == "gpu" else 1


def prepare_device() -> Device:
    """Find the device, and let TensorFlow take GPU memory only as it needs it.

    Returns:
        The device that Keras will use.
    """
    find = {"tensorflow": _tensorflow_device, "jax": _jax_device, "torch": _torch_device}
    backend = keras.backend.backend()
    return (find[backend]() if backend in find else None) or _cpu()


def describe_backend() -> str:
    """Name the library that computes.

    Returns:
        Such as `tensorflow 2.21.0`.
    """
    name = keras.backend.backend()
    return f"{name} {import_module(name).__version__}"


def make_deterministic() -> None:
    """Let the backend compute the same bits each time, for as long as this program runs.

    An operation that cannot do that raises, and says its name.

    Raises:
        ValueError: Where the backend had to be told before this program started.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "torch":
        import torch

        torch.use_deterministic_algorithms(True)
    elif _jax_device() is not None and XLA_FLAG not in os.environ.get("XLA_FLAGS", ""):
        raise ValueError(f"JAX is deterministic on a GPU only where XLA_FLAGS has {XLA_FLAG}.")


def resolve_precision(wanted: str, device: Device) -> str:
    """Decide on a Keras dtype policy.

    Args:
        wanted: A policy's name, or `auto`.
        device: What computes.

    Returns:
        `float32`, `mixed_float16` or `mixed_bfloat16`.
    """
    return device.precision if wanted == "auto" else wanted


def _tensorflow_device() -> Device | None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError as error:  # only possible before the first use
            logger.debug("Memory growth of %s stays as it is: %s", gpu.name, error)
    details = tf.config.experimental.get_device_details(gpus[0])
    name = details.get("device_name", "GPU")
    return _gpu(len(gpus), name, details.get("compute_capability"), _ask_driver_for_memory())


def _jax_device() -> Device | None:
    import jax

    gpus = [device for device in jax.local_devices() if device.platform == "gpu"]
    if not gpus:
        return None
    memory = gpus[0].memory_stats() or {}
    free = memory["bytes_limit"] - memory["bytes_in_use"] if "bytes_limit" in memory else None
    capability = getattr(gpus[0], "compute_capability", None)  # "9.0"
    parts = tuple(int(part) for part in str(capability).split(".")) if capability else None
    return _gpu(len(gpus), gpus[0].device_kind, parts, free)


def _torch_device() -> Device | None:
    import torch

    if not torch.cuda.is_available():
        return None
    cuda: Any = torch.cuda
    free = int(cuda.mem_get_info()[0])
    return _gpu(cuda.device_count(), cuda.get_device_name(), cuda.get_device_capability(), free)


def _gpu(count: int, name: str, capability: tuple[int, ...] | None, free: int | None) -> Device:
    """Describe GPUs; a card that does not say what it can gets the older kind of precision."""
    capable = (capability or (0, 0)) >= BFLOAT16_CAPABILITY
    precision: Precision = "mixed_bfloat16" if capable else "mixed_float16"
    return Device("gpu", f"{count} x {name}", precision, free)


def _ask_driver_for_memory() -> int | None:
    """Ask NVIDIA's driver, since TensorFlow does not tell; the fullest card counts."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    command = [tool, "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(  # noqa: S603  # no input of anybody's
            command, capture_output=True, text=True, timeout=10, check=True
        ).stdout
        return min(int(line) for line in answer.split()) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        logger.debug("The free memory of the GPU is not known: %s", error)
        return None


def _cpu() -> Device:
    return Device("cpu", f"CPU, {os.cpu_count()} cores ({platform.machine()})", "float32")
