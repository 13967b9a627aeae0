"""Heat maps over images: what spoke for the predicted class, as a picture."""

import io

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from PIL import Image

from brain_tumor_kedro.assessment.reference_maps import enlarge_maps

#: From blue over red to yellow, in equal steps to the eye and brighter all the way: no gray among
#: them, and told apart by people who confuse red and green. S. van der Walt and N. Smith's map
#: `plasma`, https://bids.github.io/colormap/.
COLORS: npt.NDArray[np.uint8] = colormaps["plasma"](np.arange(256), bytes=True)[:, :3]

#: Of PNG files: half the time of Pillow's default of 6, for one part in a hundred more bytes.
COMPRESSION = 4


def draw_overlay(
    packed: npt.NDArray[np.uint8], heat_map: np.ndarray, opacity: float = 0.4
) -> npt.NDArray[np.uint8]:
    """Lay a heat map over the image that it is of.

    Args:
        packed: What the classifier saw, `(side, side)` or `(side, side, 3)`.
        heat_map: `(rows, columns)`, not negative, covering the image from edge to edge.
        opacity: 0 to 1, of the map where it is highest; where it is zero the image stays as it is.

    Returns:
        `(side, side, 3)`.

    Raises:
        ValueError: Where the image is no square, or the opacity lies outside 0 to 1.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity from 0 to 1, found {opacity}.")
    colored, image = color_heat_map(heat_map, _side(packed)), color_image(packed)
    share = opacity * colored[..., 3:].astype(np.float32) / 255
    mixed = image * (1 - share) + colored[..., :3] * share
    return np.rint(mixed).astype(np.uint8)


def color_heat_map(heat_map: np.ndarray, side: int) -> npt.NDArray[np.uint8]:
    """Color a heat map, transparent where it is zero, to be laid over the image.

    Args:
        heat_map: `(rows, columns)`, not negative; what is not finite counts as zero.
        side: Of the image, in pixels.

    Returns:
        `(side, side, 4)`, red, green, blue and opacity; fully opaque at the map's highest value,
        fully transparent throughout where there is none.
    """
    values = np.nan_to_num(heat_map.astype(np.float32), nan=0, posinf=0, neginf=0)
    (large,) = enlarge_maps(values.clip(min=0)[None], side)
    highest = float(large.max())
    shares = large / highest if highest > 0 else large
    levels = np.rint(shares * 255).astype(np.uint8)
    return np.dstack([COLORS[levels], levels])


def color_image(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """What the classifier saw as `(side, side, 3)`, gray or in the colors of its channels."""
    return packed if packed.ndim == 3 else np.repeat(packed[..., None], 3, axis=2)


def encode_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Write a picture as PNG, without loss and without metadata.

    Args:
        pixels: `(h, w)` gray, `(h, w, 3)` or, with opacity, `(h, w, 4)`.

    Returns:
        The file.
    """
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()


def encode_layers(packed: npt.NDArray[np.uint8], heat_map: np.ndarray) -> tuple[bytes, bytes]:
    """Write an image and its heat map as two PNG files of one size, to be blended by a browser.

    Args:
        packed: What the classifier saw, `(side, side)` or `(side, side, 3)`.
        heat_map: `(rows, columns)`, not negative.

    Returns:
        The image, and the colored map with its transparency. The one with `opacity: 0.4` over the
        other is what `draw_overlay` draws with 0.4.
    """
    return encode_png(packed), encode_png(color_heat_map(heat_map, _side(packed)))


def _side(packed: npt.NDArray[np.uint8]) -> int:
    square = packed.ndim in (2, 3) and packed.shape[0] == packed.shape[1]
    if not square or packed.shape[2:] not in ((), (3,)):
        raise ValueError(
            "Expected a packed image, (side, side) or (side, side, 3), found one of shape "
            f"{packed.shape}."
        )
    return len(packed)
