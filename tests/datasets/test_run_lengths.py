import struct

import pytest

from brain_tumor_kedro.datasets import run_lengths
from brain_tumor_kedro.datasets.run_lengths import require_no_bomb
from brain_tumor_kedro.datasets.source import UndecodableError

LITERAL, RUN, NOTHING = b"\x03abcd", b"\xfdx", b"\x80"  # four bytes, the same one four times


def make_stream(*segments: bytes) -> bytes:
    places = [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    head = struct.pack("<16L", len(segments), *places, *[0] * (15 - len(segments)))
    return head + b"".join(segments)


@pytest.fixture(autouse=True)
def look_at_every_stream(monkeypatch):
    monkeypatch.setattr(run_lengths, "HARMLESS", 0)


def test_segments_of_the_images_size_pass():
    require_no_bomb(make_stream(LITERAL + RUN + NOTHING, RUN + RUN), 8)


@pytest.mark.parametrize("bomb", [RUN * 5, LITERAL * 5, b"\x81\0"])
def test_segments_that_become_far_more_are_refused(bomb):
    for stream in (make_stream(bomb), make_stream(RUN, bomb), make_stream(bomb, RUN)):
        with pytest.raises(UndecodableError, match="runs"):
            require_no_bomb(stream, 8)


def test_small_streams_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(run_lengths, "HARMLESS", 999)

    require_no_bomb(make_stream(b"\x81\0"), 8)
