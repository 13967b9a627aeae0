"""DICOM's run-length encoding: how much a stream becomes, before it is unpacked."""

import struct

from brain_tumor_kedro.datasets.source import UndecodableError

#: Streams up to here become at most 64 MiB, and are not looked at.
HARMLESS = 2**20
#: A stream begins with the number of its segments and the places of at most 15.
HEADER, SEGMENTS = 64, 15


def require_no_bomb(stream: bytes, size: int) -> None:
    """Refuse a frame of which a segment becomes far more than the image has pixels.

    The decoder unpacks a segment to its end, two bytes to 128 of them, before it counts them.

    Args:
        stream: The compressed frame.
        size: Pixels of the frame: bytes of a segment.

    Raises:
        UndecodableError: Where a segment becomes more than twice as many.
    """
    if len(stream) <= HARMLESS:
        return
    number, *places = struct.unpack(f"<{SEGMENTS + 1}L", stream[:HEADER])
    ends = [*places[1 : min(number, SEGMENTS)], len(stream)]
    for start, end in zip(places, ends, strict=False):
        if _becomes_more(memoryview(stream)[start:end], 2 * size):
            raise UndecodableError(
                "expected as many runs as the DICOM image has pixels, found more"
            )


def _becomes_more(segment: memoryview, most: int) -> bool:
    place = found = 0
    while place < len(segment) and found <= most:
        head = segment[place]
        if head > 128:  # the next byte, 257 - head times
            place, found = place + 2, found + 257 - head
        elif head < 128:  # the next head + 1 bytes
            place, found = place + head + 2, found + head + 1
        else:
            place += 1
    return found > most
