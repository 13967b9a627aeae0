"""Pictures of several frames: every page of a TIFF, every frame of an animation."""

import io
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from brain_tumor_kedro.datasets.limits import MAX_FRAMES, require_frames, require_pixels
from brain_tumor_kedro.datasets.pictures import FORMATS, SIGNATURES, read_pixels
from brain_tumor_kedro.datasets.source import ForeignFileError, Picture, UndecodableError

#: Formats whose frames are images of their own. The further ones of a photograph (MPO) are
#: previews of it, or maps of its depth.
ANIMATED = ("TIFF", "GIF", "PNG", "WEBP", "AVIF")


def decode_picture_frames(content: bytes) -> Iterator[Picture]:
    """Decode every frame of a picture, one at a time.

    Args:
        content: The whole file.

    Yields:
        Pictures as `pictures.decode_picture` makes the first of them.

    Raises:
        ForeignFileError: Where the bytes begin like no format that is read.
        UndecodableError: Where the picture would not fit in memory, or has too many frames.
        Exception: Where it is broken; the text may quote the file.
    """
    with _open(content) as image:
        require_pixels(image.width * image.height)
        several = image.format in ANIMATED and getattr(image, "is_animated", False)
        total = 0
        for place in range(MAX_FRAMES + 1 if several else 1):
            if not _seek(image, place):
                break
            require_pixels(image.width * image.height)
            total += image.width * image.height
            require_frames(place + 1, total // (place + 1))
            # Turning changes the image itself, which only a TIFF sets up anew for every page.
            frame = image if image.format == "TIFF" or not several else image.copy()
            yield Picture(read_pixels(frame), frame.mode)


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=tuple(FORMATS))
    except UnidentifiedImageError:
        known = content.startswith(SIGNATURES)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        require_pixels(2**63)
        raise
    if known:
        raise UndecodableError("expected a whole picture, found one that is broken or cut short")
    raise ForeignFileError("expected an image, found something else")


def _seek(image: Image.Image, place: int) -> bool:
    if place == 0:
        return True
    try:
        image.seek(place)
    except EOFError:
        return False
    return True
