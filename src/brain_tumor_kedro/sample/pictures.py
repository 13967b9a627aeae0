"""Gray pictures and the bytes of the files they are stored in."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]

#: How Pillow calls the format of a file, by the file name's ending.
FORMATS = {".jpg": "JPEG", ".png": "PNG"}


def to_gray(values: NDArray[Any]) -> Gray:
    """Scale values to the full range of 8 bits, zero staying zero.

    Args:
        values: (height, width), not negative.

    Returns:
        uint8 (height, width).
    """
    return np.rint(values * (255.0 / max(float(values.max()), 1e-9))).astype(np.uint8)


def encode(gray: Gray, suffix: str, quality: int = 90, rgb: bool = False) -> bytes:
    """Write a picture as the bytes of a file.

    Args:
        gray: uint8 (height, width).
        suffix: `.jpg` or `.png`.
        quality: JPEG quality, 1 to 95; PNG does without.
        rgb: Whether the file holds three equal channels.

    Returns:
        The file's bytes.
    """
    picture = Image.fromarray(gray).convert("RGB" if rgb else "L")
    buffer = io.BytesIO()
    options = {"quality": quality} if suffix == ".jpg" else {"compress_level": 3}
    picture.save(buffer, FORMATS[suffix], **options)
    return buffer.getvalue()


def decode(content: bytes) -> Gray:
    """Read a picture file's bytes as gray values, uint8 (height, width)."""
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("L"), dtype=np.uint8)


def padded(gray: Gray, aspect: float) -> Gray:
    """Add black margins until the picture is `aspect` times as wide as high."""
    height, width = gray.shape
    more_x = max(0, round(height * aspect) - width)
    more_y = max(0, round(width / aspect) - height)
    return np.pad(gray, ((more_y // 2, more_y - more_y // 2), (more_x // 2, more_x - more_x // 2)))


def shrunk(gray: Gray, width: int) -> Gray:
    """Resize a picture to a width, its proportions kept."""
    height = round(gray.shape[0] * width / gray.shape[1])
    return np.asarray(Image.fromarray(gray).resize((width, height), Image.Resampling.BICUBIC))


def brightened(gray: Gray, gamma: float, contrast: float) -> Gray:
    """Bend the brightness curve by an exponent, then scale it."""
    curve = np.clip((np.arange(256) / 255) ** gamma * contrast, 0, 1) * 255
    return np.rint(curve).astype(np.uint8)[gray]
