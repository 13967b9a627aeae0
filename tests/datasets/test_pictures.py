"""Every way in which a gray slice may be stored, compared with the slice."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.datasets.pictures import decode_picture
from brain_tumor_kedro.datasets.source import NotAnImageError

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
COLOR = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=-1)


def encode(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def make_tiff(pixels: np.ndarray, photometric: int = 1) -> bytes:
    """An uncompressed gray TIFF of any number type and byte order, written by hand."""
    order = ">" if pixels.dtype.byteorder == ">" else "<"
    height, width = pixels.shape
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    long, short, count = 4, 3, 10
    tags = [
        (256, long, width), (257, long, height), (258, short, pixels.itemsize * 8), (259, short, 1),
        (262, short, photometric), (273, long, 8 + 2 + 12 * count + 4), (277, short, 1),
        (278, long, height), (279, long, pixels.nbytes), (339, short, kind),
    ]  # fmt: skip
    packed = b"".join(
        struct.pack(f"{order}HHI", tag, type_, 1)
        + (
            struct.pack(f"{order}HH", value, 0)
            if type_ == short
            else struct.pack(f"{order}I", value)
        )
        for tag, type_, value in tags
    )
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, count)
    return head + packed + struct.pack(f"{order}I", 0) + pixels.tobytes()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("TIFF", {}), ("BMP", {}), ("PPM", {}), ("WEBP", {"lossless": True}),
     ("JPEG2000", {}), ("GIF", {})],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_formats_without_loss_give_the_same_pixels(kind, options):
    pixels = decode_picture(encode(Image.fromarray(GRAY), kind, **options)).pixels

    np.testing.assert_array_equal(pixels, GRAY)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 95}), ("JPEG", {"quality": 95, "progressive": True}),
     ("WEBP", {"quality": 95}), ("AVIF", {"quality": 90}),
     ("MPO", {"quality": 95, "save_all": True, "append_images": [Image.new("L", (50, 40))]})],
    ids=["baseline", "progressive", "webp", "avif", "mpo"],
)  # fmt: skip
def test_formats_with_loss_give_nearly_the_same_pixels(kind, options):
    pixels = decode_picture(encode(Image.fromarray(GRAY), kind, **options)).pixels

    shown = pixels.reshape(40, 50, -1).astype(int)
    assert np.abs(shown - GRAY[..., None]).max() <= 6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "PA"])
def test_a_gray_picture_in_any_mode_is_gray_again(mode):
    content = encode(Image.fromarray(GRAY).convert(mode), "TIFF" if mode == "PA" else "PNG")

    picture = decode_picture(content)

    np.testing.assert_array_equal(picture.pixels, GRAY)
    assert picture.mode == mode


@pytest.mark.parametrize(("mode", "kind", "error"), [("CMYK", "TIFF", 1), ("YCbCr", "TIFF", 3)])
def test_colors_stored_otherwise_come_as_rgb(mode, kind, error):
    picture = decode_picture(encode(Image.fromarray(COLOR).convert(mode), kind))

    assert picture.mode == mode
    assert np.abs(picture.pixels.astype(int) - COLOR).max() <= error


def test_a_cmyk_jpeg_is_not_inverted():
    content = encode(Image.fromarray(GRAY).convert("RGB").convert("CMYK"), "JPEG", quality=95)

    pixels = decode_picture(content).pixels

    assert np.abs(pixels.reshape(40, 50, -1)[..., 0].astype(int) - GRAY).max() <= 8


def test_the_lightness_of_lab_is_the_slice():
    flat = np.full_like(GRAY, 128)
    lab = Image.merge("LAB", [Image.fromarray(part) for part in (GRAY, flat, flat)])

    np.testing.assert_array_equal(decode_picture(encode(lab, "TIFF")).pixels, GRAY)


def test_one_bit_is_black_and_white():
    bits = GRAY > 100

    pixels = decode_picture(encode(Image.fromarray(bits), "PNG")).pixels

    np.testing.assert_array_equal(pixels, bits * np.uint8(255))


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<i2", ">i2", "<i4", ">i4", "<f4", ">f4", "i1"])
def test_tiffs_of_any_number_type_keep_their_values(dtype):
    values = (GRAY.astype(int) * 20 - 900 if dtype[1] != "u" else GRAY.astype(int) * 20).astype(
        dtype
    )

    np.testing.assert_array_equal(decode_picture(make_tiff(values)).pixels, values)


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<f4", ">f4"])
def test_where_the_smallest_value_means_white_it_is_shown_white(dtype):
    values = GRAY.astype(dtype)

    shown = decode_picture(make_tiff(values, photometric=0)).pixels

    np.testing.assert_array_equal(shown.max() - shown, values - values.min())


def test_sixteen_bit_pngs_keep_their_values():
    deep = GRAY.astype(np.uint16) * 200

    np.testing.assert_array_equal(decode_picture(encode(Image.fromarray(deep))).pixels, deep)


def test_an_interlaced_png_is_read():
    # Two rows and columns in Adam7's seven passes, as Pillow cannot write them.
    rows = [b"\0\x0a", b"\0\x14", b"\0\x1e\x28"]

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    header = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 1)
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"".join(rows))), chunk(b"IEND", b"")]
    )

    assert decode_picture(content).pixels.tolist() == [[10, 20], [30, 40]]


TURNS = {
    1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose,
    6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).T, 8: np.rot90,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_turned_as_exif_says(orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if kind == "WEBP" else {}

    content = encode(Image.fromarray(GRAY), kind, exif=exif, **lossless)

    np.testing.assert_array_equal(decode_picture(content).pixels, TURNS[orientation](GRAY))


@pytest.mark.parametrize(
    ("kind", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})],
    ids=["gif", "apng", "webp", "pages"],
)
def test_of_several_frames_the_first_is_taken_and_the_rest_noted(kind, options):
    second = Image.fromarray(255 - GRAY)
    content = encode(Image.fromarray(GRAY), kind, save_all=True, append_images=[second], **options)

    picture = decode_picture(content)

    np.testing.assert_array_equal(picture.pixels, GRAY)
    assert picture.note == f"the first of several frames or pages of a {kind}"
    assert decode_picture(encode(Image.fromarray(GRAY), kind, **options)).note is None


def test_transparent_pixels_are_black_whatever_the_mode():
    clear = np.stack([GRAY, np.where(GRAY > 99, 255, 0).astype(np.uint8)], axis=-1)
    by_value = encode(Image.fromarray(GRAY), transparency=int(GRAY[0, 0]))

    shown = decode_picture(encode(Image.fromarray(clear, "LA"))).pixels

    np.testing.assert_array_equal(shown, np.where(GRAY > 99, GRAY, 0))
    assert decode_picture(by_value).pixels[0, 0] == 0
    np.testing.assert_array_equal(decode_picture(by_value).pixels[1:, 1:], GRAY[1:, 1:])


def test_one_transparent_value_of_sixteen_bits_leaves_the_others_as_they_are():
    deep = GRAY.astype(np.uint16) * 200 + 7

    content = encode(Image.fromarray(deep), transparency=int(deep[-1, -1]))

    np.testing.assert_array_equal(
        decode_picture(content).pixels, np.where(deep == deep[-1, -1], 0, deep)
    )


def declare_png(width: int, height: int) -> bytes:
    data = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    end = struct.pack(">II", zlib.crc32(b"IHDR" + data), 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"
    return start + data + end + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


def declare_gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b";"


def declare_tiff(width: int, height: int) -> bytes:
    content = make_tiff(GRAY)
    return content.replace(
        struct.pack("<HHII", 256, 4, 1, 50), struct.pack("<HHII", 256, 4, 1, width)
    ).replace(struct.pack("<HHII", 257, 4, 1, 40), struct.pack("<HHII", 257, 4, 1, height))


def declare_webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


@pytest.mark.parametrize("declare", [declare_png, declare_gif, declare_tiff, declare_webp])
def test_a_few_bytes_that_declare_a_huge_picture_are_refused(declare):
    with pytest.raises(ValueError, match="expected a picture"):
        decode_picture(declare(60_000, 60_000))


@pytest.mark.parametrize(
    "content",
    [b"hello, I am a text", b"PK\3\4 an archive", b"%!PS-Adobe-3.0 EPSF-3.0", bytes(1000), b"%PDF"],
    ids=["text", "zip", "postscript", "zeros", "pdf"],
)
def test_bytes_of_something_else_are_no_image(content):
    with pytest.raises(NotAnImageError, match="expected a picture"):
        decode_picture(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.6])
def test_a_picture_that_is_cut_short_is_broken_and_not_something_else(kind, share):
    whole = encode(Image.fromarray(GRAY), kind)

    with pytest.raises(ValueError, match="expected a picture") as refusal:
        decode_picture(whole[: max(12, int(len(whole) * share))])

    assert not isinstance(refusal.value, NotAnImageError)
