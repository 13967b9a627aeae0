"""Arrays in the memory of the device that computes, so that a step is told row numbers alone."""

from typing import Any

import keras
import numpy as np

from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.devices import Device

#: An array is kept on the device without being asked where it takes less of the free memory.
LARGEST_SHARE = 0.25


class Resident(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Looks rows up in an array that the device keeps.

    Example:
        >>> layer = Resident(np.arange(6, dtype=np.uint8).reshape(3, 2))
        >>> np.asarray(layer(np.array([2, 0]))).tolist()
        [[4, 5], [0, 1]]
    """

    def __init__(self, array: np.ndarray, **kwargs: Any) -> None:
        """Copy an array to the device.

        Args:
            array: Rows first, of any type; may be a memory map.
            kwargs: As for any Keras layer.
        """
        super().__init__(trainable=False, **kwargs)
        # A variable and no constant: XLA would compile a constant into every program.
        self._array = self.add_weight(
            shape=array.shape,
            dtype=array.dtype.name,
            initializer=lambda shape, dtype: np.asarray(array),
            trainable=False,
            autocast=False,
            name="array",
        )

    @property
    def weights(self) -> list[keras.Variable]:
        """None: data is not copied where the best weights are kept, and not saved either."""
        return []

    def call(self, rows: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rows whose numbers, `int32` `(n,)`, are given."""
        return keras.ops.take(self._array, rows, axis=0)

    def save_own_variables(self, store: Any) -> None:
        """Save nothing."""

    def load_own_variables(self, store: Any) -> None:
        """Load nothing."""


def looked_up(model: keras.Model, resident: Resident) -> keras.Model:
    """Make a model that takes row numbers of one that takes the rows.

    Args:
        model: One input.
        resident: Has the rows.

    Returns:
        From row numbers `int32` `(n,)` to what the model makes of these rows; weights are shared.
    """
    rows = keras.Input((), dtype="int32", name="rows")
    return keras.Model(rows, model(resident(rows)))


def stays_resident(compute: Compute, array: np.ndarray, device: Device) -> bool:
    """Decide whether an array is kept on the device.

    A processor reads a memory map as fast.

    Args:
        compute: Its `resident` is the answer, unless that is `auto`.
        array: What might be kept.
        device: What computes.

    Returns:
        Whether it is.
    """
    if compute.resident != "auto":
        return compute.resident
    if device.kind != "gpu" or device.free_memory is None or not _is_compiled(compute):
        return False
    return array.nbytes < LARGEST_SHARE * device.free_memory


def _is_compiled(compute: Compute) -> bool:
    """Say whether XLA compiles the lookup: TensorFlow's own looks bytes up on the host."""
    plain = compute.deterministic or compute.distribution != "none"
    return keras.backend.backend() != "tensorflow" or not plain
