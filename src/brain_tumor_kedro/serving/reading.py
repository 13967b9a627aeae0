"""From a folder of files to images made ready, read ahead and in order."""

from collections.abc import Generator, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from brain_tumor_kedro.datasets.limits import MAX_BYTES
from brain_tumor_kedro.serving.ahead import read_ahead
from brain_tumor_kedro.serving.answers import Answerer, Ready, Shown
from brain_tumor_kedro.serving.showing import show_file


class File(Protocol):
    """A file that is not yet opened."""

    @property
    def file(self) -> str:
        """By which it is named in answers."""
        ...

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...


def read_files(
    files: Iterable[File], answerer: Answerer, workers: int, batch_size: int
) -> Generator[Ready, None, None]:
    """Read files and make their images ready, while the classifier looks at those before.

    Args:
        files: Gone through twice where the progress bar shows: to count them, and to read them.
        answerer: Knows what the classifier takes.
        workers: Threads.
        batch_size: Images that the classifier looks at together: two batches are read ahead.

    Yields:
        The images in order of the files; what cannot be read, too.
    """
    bar = tqdm(files, desc="Answering", unit="file", mininterval=1.0, disable=None)
    if not bar.disable:
        bar.total = sum(1 for _ in files)
    yield from read_ahead(partial(_prepare, answerer=answerer), bar, workers, 2 * batch_size)


def read_file(file: File) -> Iterator[Shown]:
    """Read one file.

    Args:
        file: Any file.

    Yields:
        Each image that it holds; one without a picture, which says why, where it cannot be read.
    """
    try:
        content = _read(file.path)
    except OSError as error:
        # Without the path, which errors of the system name: the row says which file it is.
        yield Shown(file.file, None, None, error.strerror or str(error))
        return
    yield from show_file(file.file, content)


def _read(path: Path) -> bytes:
    # A pipe would wait for ever and a device never end.
    if not path.is_file():
        raise OSError("expected a file, found a broken link, a pipe, a device or a closed folder")
    if path.stat().st_size > MAX_BYTES:
        raise OSError(f"expected at most {MAX_BYTES:,} bytes, found more")
    return path.read_bytes()


def _prepare(file: File, answerer: Answerer) -> Iterator[Ready]:
    """Make the images of a file ready; whatever is odd about one, all others go on."""
    try:
        yield from map(answerer.prepare, read_file(file))
    except Exception as error:
        said = f"it cannot be made ready ({type(error).__name__})"
        yield answerer.prepare(Shown(file.file, None, None, said))
