"""From the bytes of a file to the images that it holds, broken ones included."""

from collections.abc import Iterator

from brain_tumor_kedro.datasets.pictures import decode_picture
from brain_tumor_kedro.datasets.source import NotAnImageError, Picture
from brain_tumor_kedro.serving.answers import Shown


def show_file(file: str, content: bytes) -> Iterator[Shown]:
    """Decode a file of any format, one frame at a time.

    Args:
        file: By which the answers name it.
        content: The whole file.

    Yields:
        Each of its images, numbered from 0 where there are several; what cannot be read says why.
    """
    if not content:
        yield Shown(file, None, None, "the file has no bytes", "empty")
        return
    frames = number_frames(file, decode_frames(content))
    while True:
        try:
            shown = next(frames, None)
        except ValueError as error:
            # Nothing comes after it: a generator that raised is at its end.
            fault = "not_an_image" if isinstance(error, NotAnImageError) else "unreadable"
            yield Shown(file, None, None, str(error), fault)
            return
        if shown is None:
            return
        yield shown


def number_frames(file: str, pictures: Iterator[Picture]) -> Iterator[Shown]:
    """Number the images of a file, where there are several.

    Args:
        file: By which the answers name it.
        pictures: One after the other.

    Yields:
        Each of them, as late as the next one is known to be there or not.
    """
    first = next(pictures, None)
    if first is None:
        return
    second = next(pictures, None)
    yield Shown(file, None if second is None else 0, first)
    number = 1
    while second is not None:
        yield Shown(file, number, second)
        number, second = number + 1, next(pictures, None)


def decode_frames(content: bytes) -> Iterator[Picture]:
    """Decode a picture; TODO(formats): any format and every frame."""
    yield decode_picture(content)
