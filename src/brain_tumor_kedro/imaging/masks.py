"""Masks of the tumor, brought to where the packed image shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import hash_pixels, to_gray


class OutlinedFile(ImageFile, Protocol):
    """A file of a source that tells where the tumor is."""

    def decode_mask(self, content: bytes) -> np.ndarray:
        """Turn the file's bytes into a mask `(h, w)`, bool, or raise `ValueError`."""
        ...


@dataclass(frozen=True)
class Masks:
    """What is known of some images' tumors.

    Attributes:
        image_ids: Of the images with a mask.
        masks: Bool `(n, size, size)`, in the same order, in the coordinates of the packed images.
        left_out: For each other image, why it has none.
    """

    image_ids: tuple[str, ...]
    masks: np.ndarray
    left_out: dict[str, str]


def read_masks(
    wanted: Iterable[tuple[str, str]], files: Sequence[OutlinedFile], size: int
) -> Masks:
    """Read the masks of some images, and of no others.

    Args:
        wanted: `image_id` and `pixel_hash` of the manifest.
        files: Of the source.
        size: Side of the packed images, in pixels.

    Returns:
        The masks, moved exactly as packing moves the image. A file that is gone, broken, or shows
        another image by now, and an empty mask, are left out.
    """
    by_id = {file.image_id: file for file in files}
    found, left_out = dict[str, np.ndarray](), dict[str, str]()
    for image_id, expected in wanted:
        try:
            found[image_id] = _read_mask(by_id[image_id], expected, size)
        except (KeyError, FileNotFoundError):
            left_out[image_id] = "the file is not there"
        except (OSError, ValueError) as error:
            left_out[image_id] = str(error)
    masks = np.stack(list(found.values())) if found else np.zeros((0, size, size), bool)
    return Masks(tuple(found), masks, left_out)


def _read_mask(file: OutlinedFile, expected: str, size: int) -> np.ndarray:
    content = file.path.read_bytes()
    if hash_pixels(to_gray(file.decode(content).pixels)) != expected:
        raise ValueError("the file shows another image by now")
    mask = file.decode_mask(content).astype(np.uint8)
    packed = fit_square(mask, size, Image.Resampling.NEAREST) > 0
    if not packed.any():
        raise ValueError("its mask is empty")
    return packed
