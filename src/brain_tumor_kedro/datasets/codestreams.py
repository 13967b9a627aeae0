"""Compressed images inside of other files: how large they say that they are."""

#: Markers of JPEG and JPEG-LS that begin a frame, and those without a length.
FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
BARE = frozenset({0x01, *range(0xD0, 0xD8)})
JPEG, JPEG2000, JP2 = b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP"


def find_size(stream: bytes) -> tuple[int, int] | None:
    """Read the rows and columns that a codestream declares.

    Args:
        stream: JPEG, JPEG-LS or JPEG 2000.

    Returns:
        Rows and columns; None where it is none of these or does not say.
    """
    if stream.startswith(JPEG):
        return _find_frame(stream)
    if stream.startswith(JP2):
        stream = stream[max(stream.find(JPEG2000), 0) :]
    if stream.startswith(JPEG2000) and len(stream) >= 24:
        right, bottom, left, top = (
            int.from_bytes(stream[at : at + 4], "big") for at in range(8, 24, 4)
        )
        return bottom - top, right - left
    return None


def _find_frame(stream: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(stream) and stream[place] == 0xFF:
        marker = stream[place + 1]
        if marker in FRAMES:
            rows, columns = stream[place + 5 : place + 7], stream[place + 7 : place + 9]
            return int.from_bytes(rows, "big"), int.from_bytes(columns, "big")
        if marker == 0xFF:
            place += 1
        elif marker in BARE:
            place += 2
        else:
            place += 2 + max(2, int.from_bytes(stream[place + 2 : place + 4], "big"))
    return None
