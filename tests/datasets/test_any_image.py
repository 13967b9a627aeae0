import gzip
import io
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.datasets import limits
from brain_tumor_kedro.datasets.any_image import decode_frames
from brain_tumor_kedro.datasets.figshare_dataset import encode_slice
from brain_tumor_kedro.datasets.pictures import decode_picture
from brain_tumor_kedro.datasets.source import NotAnImageError, Picture
from dicom_files import make_dicom

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)


def encode(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decode_one(content: bytes) -> Picture:
    (picture,) = decode_frames(content)
    return picture


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF", "PPM", "JPEG", "WEBP", "JPEG2000"])
def test_a_picture_is_what_the_decoder_of_pictures_makes_of_it(kind):
    content = encode(Image.fromarray(GRAY), kind)

    found, expected = decode_one(content), decode_picture(content)

    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert (found.mode, found.note) == (expected.mode, None)


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_every_frame_comes(kind):
    frames = [np.roll(GRAY, shift, axis=1) for shift in (0, 7, 14)]
    first, *rest = [Image.fromarray(frame) for frame in frames]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encode(first, kind, save_all=True, append_images=rest, **options)

    found = list(decode_frames(content))

    assert len(found) == 3
    for picture, frame in zip(found, frames, strict=True):
        np.testing.assert_array_equal(picture.pixels, frame)


def test_pages_of_different_sizes_and_types_come_as_they_are():
    deep = Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4) * 999)
    content = encode(Image.fromarray(GRAY), "TIFF", save_all=True, append_images=[deep])

    shallow, deeper = decode_frames(content)

    np.testing.assert_array_equal(shallow.pixels, GRAY)
    np.testing.assert_array_equal(deeper.pixels, np.asarray(deep))


def test_a_dicom_file_is_known_by_its_bytes():
    np.testing.assert_array_equal(decode_one(make_dicom(GRAY)).pixels, GRAY)


@pytest.mark.parametrize("packed", [False, True])
def test_a_nifti_file_is_known_by_its_bytes(packed):
    content = nib.Nifti1Image(np.ones((4, 5, 3), np.int16), np.eye(4)).to_bytes()

    found = list(decode_frames(gzip.compress(content) if packed else content))

    assert [picture.pixels.shape for picture in found] == [(5, 4)] * 3


def test_a_figshare_slice_leaves_its_patient_and_label_behind():
    image = GRAY.astype(np.int16) * 9
    # Not one of the collection's labels: a new slice has none of them.
    slice_ = SimpleNamespace(
        patient_id="DOE", label=0, image=image, border=np.ones(4), mask=image > 90
    )

    picture = decode_one(encode_slice(slice_))

    np.testing.assert_array_equal(picture.pixels, image)
    assert (picture.patient_id, picture.label) == (None, None)


@pytest.mark.parametrize(
    "content",
    [b"name,age\nDOE,44\n", b"%PDF-1.7 DOE", b"PK\3\4DOE", gzip.compress(b"DOE" * 999, mtime=0),
     b"MATLAB 5.0 MAT-file DOE"],
)  # fmt: skip
def test_something_else_is_no_image(content):
    with pytest.raises(NotAnImageError, match="expected") as refusal:
        list(decode_frames(content))

    assert "DOE" not in str(refusal.value)


def test_a_file_without_bytes_is_refused():
    with pytest.raises(ValueError, match="without bytes"):
        list(decode_frames(b""))


def test_frames_before_a_fault_come_and_then_the_fault():
    first, second = Image.fromarray(GRAY), Image.fromarray(GRAY[::-1])
    content = encode(first, "TIFF", save_all=True, append_images=[second])
    frames = decode_frames(content[: len(encode(first, "TIFF")) + 800])

    np.testing.assert_array_equal(next(frames).pixels, GRAY)
    with pytest.raises(ValueError, match="broken or cut short"):
        next(frames)


def test_too_many_frames_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ALL_PIXELS", 2 * GRAY.size)
    pages = [Image.fromarray(GRAY)] * 3
    content = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    frames = decode_frames(content)
    next(frames), next(frames)

    with pytest.raises(ValueError, match="pixels in a file"):
        next(frames)


def test_too_large_a_picture_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIXELS", GRAY.size - 1)

    for content in (encode(Image.fromarray(GRAY)), make_dicom(GRAY)):
        with pytest.raises(ValueError, match="pixels a frame"):
            list(decode_frames(content))
