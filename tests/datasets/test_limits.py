import pytest

from brain_tumor_kedro.datasets.limits import (
    MAX_ALL_PIXELS,
    MAX_BYTES,
    MAX_FRAMES,
    MAX_PIXELS,
    require_bytes,
    require_frames,
    require_pixels,
)
from brain_tumor_kedro.datasets.source import UndecodableError


def test_what_is_allowed_passes():
    require_bytes(MAX_BYTES)
    require_pixels(MAX_PIXELS)
    require_frames(MAX_FRAMES, MAX_ALL_PIXELS // MAX_FRAMES)


@pytest.mark.parametrize(
    ("require", "numbers", "words"),
    [(require_bytes, (MAX_BYTES + 1,), "bytes"), (require_pixels, (MAX_PIXELS + 1,), "a frame"),
     (require_frames, (MAX_FRAMES + 1, 1), "frames in a file"),
     (require_frames, (2, MAX_ALL_PIXELS), "pixels in a file")],
)  # fmt: skip
def test_more_is_refused(require, numbers, words):
    with pytest.raises(UndecodableError, match=words):
        require(*numbers)
