"""Packed images: one `uint8` array on disk, read through a memory map."""

from pathlib import Path

import numpy as np
from kedro.io import DatasetError

from brain_tumor_kedro.datasets.local_file import LocalFileDataset

ROWS_AT_ONCE = 256


class PackedImagesDataset(LocalFileDataset[np.ndarray, np.ndarray]):
    """A `uint8` array `(n, h, w)` or `(n, h, w, c)` in NumPy's `.npy` format.

    Loading returns a read-only memory map: nothing is read before it is used. Saving streams, so
    that an array larger than memory can be saved from a memory map, and replaces the file whole.

    Example:
        ```yaml
        images:
          type: brain_tumor_kedro.datasets.PackedImagesDataset
          filepath: data/05_model_input/images.npy
          versioned: true
        ```
    """

    def load(self) -> np.ndarray:
        """Map the array into memory.

        Returns:
            `uint8`, `(n, h, w)` or `(n, h, w, c)`, read-only.

        Raises:
            DatasetError: Where the file is broken or holds something else.
        """
        path = Path(self._get_load_path())
        try:
            images: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise DatasetError(
                f"{path} is cut short or no NumPy array ({error}). Delete it and pack the images "
                "again: kedro run --pipelines curation"
            ) from error
        _check(images)
        return images

    def save(self, data: np.ndarray) -> None:
        """Stream the array to disk and put it in place whole.

        Args:
            data: `uint8`, `(n, h, w)` or `(n, h, w, c)`.

        Raises:
            DatasetError: Where `data` is something else.
        """
        _check(data)
        header = {"descr": "|u1", "fortran_order": False, "shape": data.shape}
        with self._replacing() as partial, partial.open("wb") as file:
            np.lib.format.write_array_header_2_0(file, header)
            for start in range(0, len(data), ROWS_AT_ONCE):
                file.write(np.ascontiguousarray(data[start : start + ROWS_AT_ONCE]).tobytes())


def _check(images: np.ndarray) -> None:
    if images.dtype != np.uint8 or images.ndim not in {3, 4}:
        raise DatasetError(
            "Expected packed images as uint8 of shape (n, h, w) or (n, h, w, c), "
            f"found {images.dtype} of shape {images.shape}."
        )
