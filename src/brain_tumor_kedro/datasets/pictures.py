"""Pictures of the common formats: bytes to the pixels that a viewer shows."""

import io

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from brain_tumor_kedro.datasets.limits import require_pixels
from brain_tumor_kedro.datasets.silence import silenced
from brain_tumor_kedro.datasets.source import NotAnImageError, Picture

#: What is read, and how such files begin. Others are left out on purpose: Pillow runs programs
#: for some of them (Ghostscript for EPS), and takes any bytes for others.
FORMATS = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG",),
    "GIF": (b"GIF8",),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "WEBP": (b"RIFF",),
    "AVIF": (b"\0\0\0 ftyp", b"\0\0\0\x1cftyp"),
    "JPEG2000": (b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51"),
    "PPM": (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf"),
}
SIGNATURES = tuple(start for starts in FORMATS.values() for start in starts)
#: TIFF's tags for what the smallest value means and for signed numbers, and values of theirs.
PHOTOMETRIC, MIN_IS_WHITE = 262, 0
SAMPLE_FORMAT, SIGNED = 339, 2


def decode_picture(content: bytes) -> Picture:
    """Decode a picture; of several frames or pages the first one.

    Args:
        content: The whole file.

    Returns:
        `(h, w)`, or `(h, w, 3)` where its channels differ; turned as EXIF says, transparency laid
        on black. 16-bit and float values as they are stored.

    Raises:
        NotAnImageError: Where the bytes begin like no format that is read.
        ValueError: Where the bytes are cut short, or would not fit in memory.
    """
    try:
        # Pillow only warns of the smaller bombs, and filters of warnings are those of all threads.
        with silenced(), Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            require_pixels(image.width * image.height)
            return Picture(read_pixels(image), image.mode, note=_note_frames(image))
    except Exception as error:
        # Pillow's plugins raise almost anything on broken bytes.
        said = f"expected a picture: {type(error).__name__}: {error}"
        unknown = isinstance(error, UnidentifiedImageError) and not content.startswith(SIGNATURES)
        raise (NotAnImageError if unknown else ValueError)(said) from error


def _note_frames(image: Image.Image) -> str | None:
    if getattr(image, "is_animated", False):
        return f"the first of several frames or pages of a {image.format}"
    return None


def read_pixels(image: Image.Image) -> np.ndarray:
    """The pixels of an opened picture, or of the frame that it is at; see `decode_picture`."""
    kind = _read_tag(image, SAMPLE_FORMAT), _read_tag(image, PHOTOMETRIC)
    ImageOps.exif_transpose(image, in_place=True)
    shown = image
    if shown.has_transparency_data:
        if shown.mode[0] == "I":
            return _blacken(np.array(shown), shown.info.get("transparency"))
        shown = _lay_on_black(shown)
    if shown.mode == "1":
        shown = shown.convert("L")
    if shown.mode == "LAB":
        shown = shown.getchannel("L")
    if shown.mode[0] in "LIF":
        return _correct(np.asarray(shown), *kind)
    return _drop_equal_channels(shown if shown.mode == "RGB" else shown.convert("RGB"))


def _lay_on_black(image: Image.Image) -> Image.Image:
    opaque = image.convert("RGBA")
    black = Image.new("RGBA", opaque.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, opaque).convert("RGB")


def _blacken(pixels: np.ndarray, transparent: object) -> np.ndarray:
    """The same for 16 bits, which Pillow would cut to 8: one value stands for transparent."""
    pixels[pixels == transparent] = 0
    return pixels


def _drop_equal_channels(image: Image.Image) -> np.ndarray:
    """Most slices are stored in color and are gray: one channel says all, and costs a third."""
    red, green, blue = image.split()
    first = red.tobytes()
    if first == green.tobytes() == blue.tobytes():
        return np.frombuffer(first, np.uint8).reshape(red.height, red.width)
    return np.asarray(image)


def _read_tag(image: Image.Image, tag: int) -> object:
    tags = getattr(image, "tag_v2", None)
    value = None if tags is None else tags.get(tag)
    return value[0] if isinstance(value, tuple) and value else value


def _correct(pixels: np.ndarray, sample_format: object, photometric: object) -> np.ndarray:
    """What Pillow leaves undone for TIFF: signed bytes, and white as the smallest value."""
    if pixels.dtype == np.uint8:
        # Of 8 bits Pillow does the inversion itself.
        return pixels.view(np.int8) if sample_format == SIGNED else pixels
    if photometric != MIN_IS_WHITE:
        return pixels
    if pixels.dtype.kind == "u":
        inverted: np.ndarray = np.iinfo(pixels.dtype).max - pixels
        return inverted
    return -pixels.astype(np.float32)
