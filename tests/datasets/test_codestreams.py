import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.datasets.codestreams import find_size

GRAY = Image.fromarray(np.zeros((40, 50), np.uint8))


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"comment": b"x" * 999}),
     ("JPEG2000", {}), ("JPEG2000", {"no_jp2": True})],
)  # fmt: skip
def test_the_size_that_a_stream_declares_is_found(kind, options):
    buffer = io.BytesIO()
    GRAY.save(buffer, kind, **options)

    assert find_size(buffer.getvalue()) == (40, 50)


def test_a_stream_with_an_offset_is_as_large_as_what_it_shows():
    numbers = b"".join(number.to_bytes(4, "big") for number in (60, 70, 10, 30))

    assert find_size(b"\xff\x4f\xff\x51" + bytes(4) + numbers) == (40, 50)


@pytest.mark.parametrize(
    "stream",
    [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0", b"\xff\xd8\xff\xd9" + bytes(20),
     b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP", b"RLE or anything else"],
)  # fmt: skip
def test_a_stream_that_does_not_say_has_no_size(stream):
    assert find_size(stream) is None
