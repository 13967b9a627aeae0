"""Bytes that were damaged on their way: an image, or one of the two errors, and not a word else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.datasets.any_image import decode_frames
from dicom_files import make_dicom
from gdcm_files import compress
from private_files import GRAY, name_pictures, name_volumes

DEEP = GRAY.astype(np.uint16) * 16
PACKED = ("rle", "jpeg", "jpeg_lossless", "jpeg_ls", "jpeg_2000")
WHOLE = [content for kind, content in (*name_pictures(), *name_volumes()) if "cut" not in kind]
DICOMS = [
    make_dicom(DEEP, WindowCenter="900", WindowWidth="4000", PixelPaddingValue=3),
    make_dicom(np.stack([DEEP] * 3), frames=True),
    *[compress(make_dicom(GRAY), syntax) for syntax in PACKED],
]  # fmt: skip


@st.composite
def damaged(draw, contents: list[bytes]) -> bytes:
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 8))):
        # Most of what can go wrong is said at the beginning.
        end = draw(st.sampled_from([200, 2000, len(content)]))
        place = draw(st.integers(0, min(end, len(content)) - 1))
        content[place] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(1, len(content)))] if draw(st.booleans()) else content)


@pytest.mark.parametrize("contents", [WHOLE, DICOMS], ids=["others", "dicom"])
def test_damage_gives_an_image_or_an_error_and_no_noise(contents, capfd, caplog, recwarn):
    @given(content=damaged(contents))
    @settings(
        max_examples=300, deadline=10_000, suppress_health_check=list(HealthCheck), database=None
    )
    def try_one(content: bytes) -> None:
        try:
            for picture in decode_frames(content):
                assert picture.pixels.ndim in (2, 3)
                assert picture.pixels.size > 0
                assert picture.pixels.dtype.kind in "uif"
        except ValueError:
            return

    try_one()
    out, err = capfd.readouterr()
    assert (out, err, caplog.records, recwarn.list) == ("", "", [], [])
