"""The device that computes: what it is, and which precision suits it."""

import logging
import os
import platform
from dataclasses import dataclass
from typing import Literal

import keras

logger = logging.getLogger(__name__)

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]

#: NVIDIA cards compute in bfloat16 from this compute capability on (Ampere).
BFLOAT16_CAPABILITY = (8, 0)


@dataclass(frozen=True)
class Device:
    """What computes.

    Attributes:
        kind: `gpu` or `cpu`.
        description: For people.
        precision: The fastest precision it computes well in.
    """

    kind: Literal["gpu", "cpu"]
    description: str
    precision: Precision


def prepare_device() -> Device:
    """Find the device, and let TensorFlow take GPU memory only as it needs it.

    Returns:
        The device that Keras will use.
    """
    if keras.backend.backend() == "tensorflow":
        return _tensorflow_device()
    accelerators = keras.distribution.list_devices("gpu")
    if accelerators:
        return Device("gpu", f"{len(accelerators)} x GPU", "mixed_bfloat16")
    return _cpu()


def resolve_precision(wanted: str, device: Device) -> str:
    """Decide on a Keras dtype policy.

    Args:
        wanted: A policy's name, or `auto`.
        device: What computes.

    Returns:
        `float32`, `mixed_float16` or `mixed_bfloat16`.
    """
    return device.precision if wanted == "auto" else wanted


def _tensorflow_device() -> Device:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return _cpu()
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError as error:  # only possible before the first use
            logger.debug("Memory growth of %s stays as it is: %s", gpu.name, error)
    details = tf.config.experimental.get_device_details(gpus[0])
    capable = tuple(details.get("compute_capability", (0, 0))) >= BFLOAT16_CAPABILITY
    return Device(
        "gpu",
        f"{len(gpus)} x {details.get('device_name', 'GPU')}",
        "mixed_bfloat16" if capable else "mixed_float16",
    )


def _cpu() -> Device:
    return Device("cpu", f"CPU, {os.cpu_count()} cores ({platform.machine()})", "float32")
