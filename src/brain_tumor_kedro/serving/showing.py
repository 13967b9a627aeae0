"""From the bytes of a file to the images that it holds, broken ones included."""

from collections.abc import Iterator

from brain_tumor_kedro.datasets.any_image import decode_frames
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
    found = False
    for shown in number_frames(file, _until_broken(decode_frames(content))):
        found = True
        yield shown
    if not found:
        yield Shown(file, None, None, "the file holds no image", "not_an_image")


def number_frames(file: str, pictures: Iterator[Picture | ValueError]) -> Iterator[Shown]:
    """Number the images of a file, where there are several.

    Args:
        file: By which the answers name it.
        pictures: One after the other, or why one cannot be read.

    Yields:
        Each of them, as late as the next one is known to be there or not.
    """
    first = next(pictures, None)
    if first is None:
        return
    second = next(pictures, None)
    yield _show(file, None if second is None else 0, first)
    number = 1
    while second is not None:
        yield _show(file, number, second)
        number, second = number + 1, next(pictures, None)


def _show(file: str, frame: int | None, found: Picture | ValueError) -> Shown:
    if isinstance(found, Picture):
        return Shown(file, frame, found)
    fault = "not_an_image" if isinstance(found, NotAnImageError) else "unreadable"
    return Shown(file, frame, None, str(found), fault)


def _until_broken(pictures: Iterator[Picture]) -> Iterator[Picture | ValueError]:
    """The pictures, and at the end what is wrong with the next one: after it there is none."""
    try:
        yield from pictures
    except ValueError as error:
        yield error
