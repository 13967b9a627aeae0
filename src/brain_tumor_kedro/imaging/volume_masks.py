"""Masks of the tumor in slices of volumes, brought to where the packed slice shows it."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image

from brain_tumor_kedro.imaging.masks import Masks
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.volume_case import MASK, VolumeCase
from brain_tumor_kedro.imaging.volumes import INSIDE, cut_slices, parse_slice


def read_volume_masks(wanted: Iterable[str], cases: Sequence[VolumeCase], size: int) -> Masks:
    """Read the masks of some slices; the volume of every case once, and of no others.

    Args:
        wanted: The slices' `image_id`.
        cases: Of all sources.
        size: Side of the packed images, in pixels.

    Returns:
        The masks of the whole tumor, moved exactly as packing moves the slice. A slice whose case
        is gone or whose mask is broken or empty is left out.
    """
    by_id = {case.image_id: case for case in cases}
    places: dict[str, list[tuple[str, int]]] = {}
    for image_id in wanted:
        case, place = parse_slice(image_id)
        places.setdefault(case, []).append((image_id, place))
    found, left_out = dict[str, np.ndarray](), dict[str, str]()
    for case, slices in places.items():
        try:
            volume = by_id[case].read(MASK).voxels
        except KeyError:
            left_out |= {image_id: "the case is not there" for image_id, _ in slices}
            continue
        except (OSError, ValueError) as error:
            left_out |= {image_id: str(error) for image_id, _ in slices}
            continue
        for image_id, place in slices:
            mask = _fit(volume, place, size)
            if mask.any():
                found[image_id] = mask
            else:
                left_out[image_id] = "its mask is empty"
    masks = np.stack(list(found.values())) if found else np.zeros((0, size, size), bool)
    return Masks(tuple(found), masks, left_out)


def _fit(volume: np.ndarray, place: int, size: int) -> np.ndarray:
    if place >= volume.shape[2]:
        return np.zeros((size, size), bool)
    (mask,) = cut_slices(volume, np.array([place])) > INSIDE
    return fit_square(mask.astype(np.uint8), size, Image.Resampling.NEAREST) > 0
