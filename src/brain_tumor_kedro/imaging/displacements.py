"""Images moved rigidly, as a head is that lies otherwise in the scanner."""

import numpy as np
from PIL import Image

from brain_tumor_kedro.imaging.borders import border_level


def rotate(image: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Turn an image about its center, to a side that the generator picks.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        degrees: How far.
        rng: Picks the side.

    Returns:
        Float32, shape (h, w); what comes in from outside has the gray value of the border.
    """
    return move(image, degrees * rng.choice((-1, 1)), (0.0, 0.0))


def shift(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Shift an image in a direction that the generator picks.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        share: How far, as a share of the longer side.
        rng: Picks the direction.

    Returns:
        Float32, shape (h, w); what comes in from outside has the gray value of the border.
    """
    direction = rng.uniform(0, 2 * np.pi)
    pixels = share * max(image.shape)
    return move(image, 0.0, (pixels * np.cos(direction), pixels * np.sin(direction)))


def move(image: np.ndarray, degrees: float, pixels: tuple[float, float]) -> np.ndarray:
    """Turn an image about its center, then shift it.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        degrees: Counterclockwise.
        pixels: To the right and down.

    Returns:
        Float32, shape (h, w), interpolated linearly; what comes in from outside has the gray value
        of the border.
    """
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    height, width = image.shape
    x, y = width / 2, height / 2
    # Pillow asks where each pixel of the result comes from.
    back_x, back_y = x + pixels[0], y + pixels[1]
    across = (cos, -sin, x - cos * back_x + sin * back_y)
    down = (sin, cos, y - sin * back_x - cos * back_y)
    moved = Image.fromarray(image).transform(
        (width, height),
        Image.Transform.AFFINE,
        (*across, *down),
        resample=Image.Resampling.BILINEAR,
        fillcolor=border_level(image),
    )
    return np.asarray(moved)
