"""The eight ways in which an image can lie: turned by quarters, and mirrored or not."""

import numpy as np

#: How one image lies on another. `mirrored` changes left and right; turns are counterclockwise.
VIEWS = (
    "upright",
    "turned_90",
    "turned_180",
    "turned_270",
    "mirrored",
    "mirrored_turned_90",
    "mirrored_turned_180",
    "mirrored_turned_270",
)


def turn(images: np.ndarray, view: int) -> np.ndarray:
    """Lay images in another view: mirrored first where the view says so, then turned.

    Args:
        images: `(n, h, h)`, any type.
        view: Position in `VIEWS`.

    Returns:
        `(n, h, h)`, contiguous.
    """
    mirrored = images[:, :, ::-1] if view >= 4 else images
    return np.ascontiguousarray(np.rot90(mirrored, view % 4, axes=(1, 2)))


def turn_frequencies(frequencies: np.ndarray, view: int) -> np.ndarray:
    """The same for the cosine transforms of images: signs change, and axes.

    Args:
        frequencies: `(n, k, k)`, the lowest frequencies of a type II discrete cosine transform.
        view: Position in `VIEWS`.

    Returns:
        `(n, k, k)`, what the transform of the turned images gives.
    """
    sign = np.where(np.arange(frequencies.shape[1]) % 2, -1, 1).astype(frequencies.dtype)
    rows, columns = sign[:, None], sign[None, :]
    quarter = view % 4
    turned = frequencies * columns if view >= 4 else frequencies
    if quarter % 2:
        turned = turned.transpose(0, 2, 1)
    # A turn by 90 degrees is an exchange of the axes and a mirroring of the rows.
    factor = (np.ones_like(rows), rows, rows * columns, columns)[quarter]
    return np.ascontiguousarray(turned * factor)


def turn_frames(frames: np.ndarray, view: np.ndarray) -> np.ndarray:
    """The same for the frames of images.

    Args:
        frames: `(n, 4)`: horizontal spread and center, vertical spread and center.
        view: `(n,)`, position in `VIEWS` for each.

    Returns:
        `(n, 4)`, the frames of the turned images.
    """
    turned = frames * np.where((view >= 4)[:, None], np.array([1, -1, 1, 1], frames.dtype), 1)
    for quarter in range(1, 4):
        chosen = view % 4 >= quarter
        # Counterclockwise by a quarter: down becomes across, and across becomes up.
        turned[chosen] = turned[chosen][:, [2, 3, 0, 1]] * np.array([1, 1, 1, -1], frames.dtype)
    return turned.astype(frames.dtype, copy=False)
