"""What may be wrong with an image that can be read: what its file says, or does not say, of it.

The sentences are the whole of it: none quotes a file, and what else is noted of an image, such as
further frames, makes it no less trustworthy.
"""

#: Text in the pixels, which may be a name.
BURNED_IN = "the file says that text is part of the image: it may name the patient"
#: Squeezed or stretched, as no image of training is.
NOT_SQUARE = "its pixels are not square and are shown as they are stored"
#: Shown otherwise than a viewer shows it.
LEFT_OUT = "its window hides a part of the image and is left out"
#: Perhaps mirrored, upside down or cut across another axis.
UNKNOWN_ORIENTATION = (
    "the file does not say how it lies in the patient: what is shown may be turned or mirrored"
)

#: Each makes a review, the gravest first.
DOUBTS = (BURNED_IN, UNKNOWN_ORIENTATION, NOT_SQUARE, LEFT_OUT)

#: Between sentences.
AND = "; "


def find_doubts(text: str | None) -> tuple[str, ...]:
    """Find the doubts among other sentences.

    Args:
        text: Such as the note of a picture, or the reason of an answer; None is nothing.

    Returns:
        Those of `DOUBTS` that it holds, the gravest first.
    """
    said = (text or "").split(AND)
    return tuple(doubt for doubt in DOUBTS if doubt in said)
