import os
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from brain_tumor_kedro.imaging import quality
from brain_tumor_kedro.imaging.content import find_fault
from brain_tumor_kedro.imaging.quality import find_range, hash_pixels, inspect_file, to_gray
from builders import ArrayFile, Decoded, draw, write_file


def test_a_good_slice_is_described(tmp_path):
    file = write_file(tmp_path / "a", draw(0), patient_id="p1")

    inspection = inspect_file(file)

    assert "reason" not in inspection.row
    assert inspection.row["patient_id"] == "p1"
    assert (inspection.row["width"], inspection.row["height"]) == (128, 128)
    assert inspection.thumbnail.shape == (64, 64)
    assert inspection.thumbnail.std() > 10


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"broken", "unreadable"),
        (draw(0, side=16), "too_small"),
        (np.full((128, 128), 7, np.uint8), "blank"),
    ],
)
def test_a_file_of_no_use_has_a_reason_and_a_detail(tmp_path, content, reason):
    inspection = inspect_file(write_file(tmp_path / "a", content))

    assert inspection.row["reason"] == reason
    assert inspection.row["detail"]
    assert inspection.row["label"] == "glioma"
    assert not inspection.thumbnail.any()


def test_a_file_that_is_gone_is_unreadable(tmp_path):
    file = write_file(tmp_path / "a", draw(0))
    file.path.unlink()

    assert inspect_file(file).row["reason"] == "unreadable"


def test_a_pipe_a_device_and_a_broken_link_are_unreadable(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")

    for name in ("pipe", "device", "broken"):
        inspection = inspect_file(ArrayFile(name, tmp_path / name))
        assert inspection.row["reason"] == "unreadable"
        assert "regular file" in inspection.row["detail"]


def test_a_link_to_a_folder_above_and_a_folder_that_cannot_be_listed_are_named(
    tmp_path, monkeypatch
):
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "locked").mkdir()

    loop = inspect_file(ArrayFile("loop", tmp_path / "loop"))
    monkeypatch.setattr(Path, "iterdir", Mock(side_effect=PermissionError(13, "denied")))
    locked = inspect_file(ArrayFile("locked", tmp_path / "locked"))

    assert (loop.row["reason"], locked.row["reason"]) == ("unreadable", "unreadable")
    assert "link to a folder above" in loop.row["detail"]
    assert "cannot be listed: [Errno 13] denied" in locked.row["detail"]


def test_what_a_decoder_calls_no_image_has_that_reason(tmp_path):
    class NoImageError(ValueError):
        reason = "not_an_image"

    class OddReasonError(ValueError):
        reason = "a codec's own word"

    def inspect(error):
        class Refused(ArrayFile):
            def decode(self, content):
                raise error("expected a picture")

        (tmp_path / "a").write_bytes(b"x")
        return inspect_file(Refused("a", tmp_path / "a")).row["reason"]

    assert inspect(NoImageError) == "not_an_image"
    assert inspect(OddReasonError) == "unreadable"


def test_what_a_decoder_left_out_is_noted_for_a_kept_image(tmp_path):
    class Animated(ArrayFile):
        def decode(self, content):
            return Decoded(draw(0), note="the first of several frames")

    (tmp_path / "a").write_bytes(b"x")

    row = inspect_file(Animated("a", tmp_path / "a")).row

    assert row["detail"] == "the first of several frames"
    assert "reason" not in row


def test_a_detail_is_text_that_can_be_stored_and_read(tmp_path):
    class Odd(ArrayFile):
        def decode(self, content):
            raise ValueError("caf\udce9" * 1000)

    (tmp_path / "a").write_bytes(b"x")

    detail = inspect_file(Odd("a", tmp_path / "a")).row["detail"]

    assert detail.startswith("ValueError: caf\\udce9")
    assert len(detail) == 500


def test_a_file_too_large_to_be_a_slice_is_unreadable(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "MAX_BYTES", 100)

    inspection = inspect_file(write_file(tmp_path / "a", draw(0)))

    assert "at most 100 bytes" in inspection.row["detail"]


def test_a_good_slice_of_no_class_is_rejected(tmp_path):
    file = write_file(tmp_path / "a", draw(0), label=None)

    assert inspect_file(file).row["reason"] == "unknown_label"


@dataclass(frozen=True)
class OddFile(ArrayFile):
    """Decodes to whatever array it is given."""

    pixels: object = None

    def decode(self, content):
        return Decoded(self.pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((40, 64, 64)),
        np.ones((64, 64), bool),
        np.full((64, 64), "a"),
        np.zeros((64, 64), complex),
        np.zeros((0, 64)),
        None,
    ],
    ids=["volume", "logical", "text", "complex", "empty", "nothing"],
)
def test_pixels_that_are_no_image_are_a_reason_and_no_crash(tmp_path, pixels):
    (tmp_path / "a").write_bytes(b"x")

    inspection = inspect_file(OddFile("a", tmp_path / "a", pixels=pixels))

    assert inspection.row["reason"] == "unreadable"


def test_where_an_object_lay_in_memory_is_no_reason(tmp_path):
    class Unlucky(ArrayFile):
        def decode(self, content):
            raise ValueError("cannot identify image file <_io.BytesIO object at 0x7f00>")

    (tmp_path / "a").write_bytes(b"x")

    detail = inspect_file(Unlucky("a", tmp_path / "a")).row["detail"]

    assert detail == "ValueError: cannot identify image file"


def test_gray_values_stored_in_three_channels_stay_as_they_are():
    gray = draw(1)

    assert np.abs(to_gray(np.repeat(gray[..., None], 3, axis=2)).astype(int) - gray).max() <= 1
    assert find_fault(np.repeat(gray[..., None], 3, axis=2), gray) is None


@pytest.mark.parametrize("side", [128, 64])
@pytest.mark.parametrize("fault", [30_000, -30_000])
def test_a_faulty_pixel_does_not_darken_a_slice_and_is_noted(tmp_path, fault, side):
    deep = draw(2, side=side).astype(np.int16) * 16
    faulty = deep.copy()
    faulty[side // 2, side // 2] = fault
    (tmp_path / "a").write_bytes(b"x")

    inspection = inspect_file(OddFile("a", tmp_path / "a", pixels=faulty))

    assert (
        np.abs(to_gray(faulty).astype(int) - to_gray(deep)).max(where=faulty == deep, initial=0)
        == 0
    )
    assert "reason" not in inspection.row
    assert inspection.row["detail"].startswith("1 pixels clipped to ")


def test_bright_pixels_that_are_part_of_the_slice_set_its_range():
    deep = draw(2).astype(np.int16)
    deep[60:64, 60:64] = 3000

    assert find_range(deep) == (0, 3000, 0)


def test_a_slice_with_nothing_but_a_faulty_pixel_is_blank(tmp_path):
    flat = np.full((128, 128), 500, np.uint16)
    flat[5, 5] = 60_000
    (tmp_path / "a").write_bytes(b"x")

    assert inspect_file(OddFile("a", tmp_path / "a", pixels=flat)).row["reason"] == "blank"


def test_sixteen_bit_slices_are_scaled_from_their_own_range():
    deep = draw(2).astype(np.int16) * 16 - 300

    gray = to_gray(deep)

    assert gray.dtype == np.uint8
    assert (gray.min(), gray.max()) == (0, 255)
    assert np.corrcoef(gray.ravel(), deep.ravel())[0, 1] > 0.9999


def test_values_that_are_no_numbers_count_as_zero():
    values = np.array([[np.nan, np.inf], [10.0, 10.0]])

    assert to_gray(values).tolist() == [[0, 0], [255, 255]]


@pytest.mark.parametrize("largest", [1e-42, 1e-9, 1e9, 3.3e38])
def test_values_of_any_size_are_scaled(largest):
    values = np.array([[-1.0, 1.0], [0.5, -0.5]], np.float32) * np.float32(largest)

    np.testing.assert_allclose(to_gray(values), [[0, 255], [191, 64]], atol=1)


def test_values_beyond_any_gray_count_as_zero():
    assert to_gray(np.array([[1e300, -1e300], [10.0, 10.0]])).tolist() == [[0, 0], [255, 255]]


def test_equal_pixels_in_another_shape_are_another_image():
    pixels = np.arange(12, dtype=np.uint8)

    assert hash_pixels(pixels.reshape(3, 4)) != hash_pixels(pixels.reshape(4, 3))
