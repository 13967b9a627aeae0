import numpy as np
import pytest

from app_pages import png, tiff
from brain_tumor_kedro.app.frames import read_frames

FRAMES = [np.full((40, 40), 40 * level, np.uint8) for level in range(1, 4)]


def test_a_picture_has_one_frame():
    frames = read_frames(png(FRAMES[0]))

    assert frames.problem is None
    (shown,) = frames.shown
    assert shown.file == "image"
    np.testing.assert_array_equal(shown.picture.pixels, FRAMES[0])


def test_every_frame_of_a_file_is_there():
    frames = read_frames(tiff(FRAMES))

    assert frames.problem is None
    for shown, expected in zip(frames.shown, FRAMES, strict=True):
        np.testing.assert_array_equal(shown.picture.pixels, expected)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty"),
        (b"Dear Mrs. Example, your appointment", "This is no image that can be read"),
        (png(FRAMES[0])[:60], "The image cannot be read"),
    ],
    ids=["empty", "text", "broken"],
)
def test_what_cannot_be_read_is_said_without_quoting_it(content, problem):
    frames = read_frames(content)

    assert frames.shown == ()
    assert frames.problem.startswith(problem)
    assert frames.problem.endswith("Choose another file.")
    assert "Example" not in frames.problem


def test_frames_before_a_fault_can_be_looked_at():
    content = tiff(FRAMES)

    frames = read_frames(content[: len(content) - 700])

    assert 0 < len(frames.shown) < 3
    assert "can be looked at, but not the next" in frames.problem


@pytest.mark.parametrize("limit", [{"most": 2}, {"most_bytes": 3500}])
def test_of_very_many_frames_the_first_are_read(limit):
    frames = read_frames(tiff(FRAMES), **limit)

    assert len(frames.shown) == 2
    assert frames.problem.endswith("only its first 2 frames.")
