"""How much a file may make of itself: a few bytes can declare what no memory holds."""

from PIL import Image

from brain_tumor_kedro.datasets.source import UndecodableError

#: Most bytes of a file, packed or unpacked.
MAX_BYTES = 2**28
#: Most pixels of a frame: from there on Pillow warns of a bomb.
MAX_PIXELS = int(Image.MAX_IMAGE_PIXELS or 2**26)
#: Most frames of a file, and most pixels of all of them: as many as 4,096 frames of 512 x 512.
MAX_FRAMES = 4096
MAX_ALL_PIXELS = 2**30


def require_bytes(size: int) -> None:
    """Raise `UndecodableError` where a file is too large to be an image."""
    if size > MAX_BYTES:
        raise UndecodableError(f"expected at most {MAX_BYTES:,} bytes, found more")


def require_pixels(number: int) -> None:
    """Raise `UndecodableError` where a frame has too many pixels."""
    if number > MAX_PIXELS:
        raise UndecodableError(f"expected at most {MAX_PIXELS:,} pixels a frame, found more")


def require_frames(number: int, pixels: int) -> None:
    """Raise `UndecodableError` where there are too many frames of so many pixels each."""
    if number > MAX_FRAMES:
        raise UndecodableError(f"expected at most {MAX_FRAMES:,} frames in a file, found more")
    if number * pixels > MAX_ALL_PIXELS:
        raise UndecodableError(f"expected at most {MAX_ALL_PIXELS:,} pixels in a file, found more")
