"""Which format bytes are of, by how they begin."""

from typing import Literal

#: How a DICOM file begins after 128 bytes that are anyone's.
MAGIC, PREAMBLE = b"DICM", 128
#: First groups of a data set without that beginning, in both orders of bytes.
FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")
#: Last element of such a group that a data set may begin with, and most bytes of it.
MAX_ELEMENT, MAX_LENGTH = 0x0018, 1024


def is_dicom(content: bytes) -> bool:
    """Whether bytes begin like a DICOM file, with or without the preamble."""
    if content[PREAMBLE : PREAMBLE + 4] == MAGIC or content.startswith(MAGIC):
        return True
    if not content.startswith(FIRST_GROUPS) or len(content) < 16:
        return False
    order: Literal["little", "big"] = "little" if content[1] == 0 else "big"
    element = int.from_bytes(content[2:4], order)
    named = content[4:6].isalpha() and content[4:6].isupper()
    length = int.from_bytes(content[4:8], order)
    return element <= MAX_ELEMENT and (named or length <= min(len(content), MAX_LENGTH))
