import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.datasets import picture_frames
from brain_tumor_kedro.datasets.picture_frames import decode_picture_frames
from brain_tumor_kedro.datasets.source import ForeignFileError, UndecodableError

GRAY = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
FRAMES = [Image.fromarray(np.roll(GRAY, shift, axis=1)) for shift in (0, 9, 21)]


def encode(frames: list[Image.Image], kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    # Pillow leaves the settings of an encoder on an image that it has saved.
    first, *rest = [frame.copy() for frame in frames]
    first.save(buffer, kind, save_all=True, append_images=rest, **options)
    return buffer.getvalue()


def decode(content: bytes) -> list[np.ndarray]:
    return [picture.pixels for picture in decode_picture_frames(content)]


def test_frames_are_decoded_as_they_are_asked_for():
    content = encode(FRAMES, "TIFF")
    frames = decode_picture_frames(content[: len(content) - 100])

    np.testing.assert_array_equal(next(frames).pixels, FRAMES[0])


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_every_frame_is_turned_as_it_says(kind):
    exif = Image.Exif()
    exif[274] = 6  # to the right

    found = decode(encode(FRAMES, kind, exif=exif))

    for pixels, frame in zip(found, FRAMES, strict=True):
        np.testing.assert_array_equal(pixels, np.rot90(frame, -1))


def test_frames_that_hold_a_part_are_shown_whole():
    dot = np.array(FRAMES[0])
    dot[3, 3] = 250

    found = decode(encode([FRAMES[0], Image.fromarray(dot)], "GIF"))

    np.testing.assert_array_equal(found[1], dot)


def test_previews_of_a_photograph_are_no_frames():
    assert len(decode(encode(FRAMES, "MPO"))) == 1


def test_too_many_frames_are_refused(monkeypatch):
    monkeypatch.setattr(picture_frames, "MAX_FRAMES", 2)
    monkeypatch.setattr("brain_tumor_kedro.datasets.limits.MAX_FRAMES", 2)
    frames = decode_picture_frames(encode(FRAMES, "TIFF"))
    next(frames), next(frames)

    with pytest.raises(UndecodableError, match="frames in a file"):
        next(frames)


def test_something_else_is_told_from_something_broken():
    with pytest.raises(ForeignFileError):
        decode(b"a letter")
    with pytest.raises(UndecodableError, match="broken"):
        decode(b"\x89PNG a letter")


def test_a_bomb_is_refused_before_it_is_decoded():
    buffer = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(buffer, "TIFF", compression="group4")

    with pytest.raises(UndecodableError, match="pixels a frame"):
        decode(buffer.getvalue())
