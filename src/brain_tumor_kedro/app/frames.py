"""A file that somebody shows to the page: its frames, or a sentence that says what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from brain_tumor_kedro.serving.answers import Shown
from brain_tumor_kedro.serving.showing import show_file

#: Decoded frames are kept while they are looked at: at most so many bytes of pixels a file.
MAX_PIXEL_BYTES = 512 * 2**20

#: And at most so many frames: nobody finds one of more with a slider.
MAX_FRAMES = 2000

#: What the page calls a file, whose own name may name a person.
NAME = "image"

READ = "PNG, JPEG, TIFF, GIF, BMP, WebP, DICOM, NIfTI or Figshare .mat"

#: What is wrong with a file, by the reason that answers give.
FAULTS = {
    "empty": "The file is empty: it has no bytes",
    "not_an_image": f"This is no image that can be read, which would be {READ}",
}


@dataclass(frozen=True)
class Frames:
    """What a file shows.

    Attributes:
        shown: Frame by frame; none where nothing can be read.
        problem: What is wrong with the file, for whoever chose it; None where nothing is.
    """

    shown: tuple[Shown, ...]
    problem: str | None = None


def read_frames(
    content: bytes, most: int = MAX_FRAMES, most_bytes: int = MAX_PIXEL_BYTES
) -> Frames:
    """Decode a file's frames.

    Args:
        content: The whole file.
        most: So many frames are read at most.
        most_bytes: And so many bytes of pixels, though at least one frame.

    Returns:
        The frames up to the first that cannot be read. Whatever the bytes are, nothing is raised
        and nothing that the file says is repeated.
    """
    shown: list[Shown] = []
    size = 0
    try:
        for one in show_file(NAME, content):
            if one.picture is None:
                return _stop(shown, _say(one))
            size += one.picture.pixels.nbytes
            if len(shown) == most or (shown and size > most_bytes):
                return Frames(tuple(shown), _cut_short(len(shown)))
            shown.append(one)
    except MemoryError:
        return _stop(shown, "The image is too large for the memory of this computer.")
    return Frames(tuple(shown)) if shown else Frames((), "The file holds no image.")


def _say(fault: Shown) -> str:
    known = FAULTS.get(fault.fault, f"The image cannot be read: {fault.problem}")
    return f"{known}. Choose another file."


def _stop(shown: Sequence[Shown], problem: str) -> Frames:
    if not shown:
        return Frames((), problem)
    before = f"The first {len(shown)} frames can be looked at, but not the next. "
    return Frames(tuple(shown), before + problem)


def _cut_short(count: int) -> str:
    return f"The file holds more than can be looked at here: only its first {count} frames."
