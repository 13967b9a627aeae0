"""Quiet decoding: what a library says of a file may quote the file, and so name a person."""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

#: Loggers of the libraries that decode.
LOGGERS = ("pydicom", "PIL", "nibabel", "h5py")

_lock = threading.Lock()
_held: list[warnings.catch_warnings] = []
_levels: dict[str, int] = {}
_inside = 0


def _silence_libtiff() -> None:
    """Pillow's libtiff writes to the standard error stream, past every logger."""
    try:
        ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(None)
    except (AttributeError, OSError):  # a Pillow that is built otherwise
        return


_silence_libtiff()


@contextmanager
def silenced() -> Iterator[None]:
    """Let no warning and no log record of a decoding library out.

    Python keeps one set of filters for all threads. The first thread to come in silences, the last
    to leave restores, so that threads that decode at once do not undo each other.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        _inside += 1
        if _inside > 1:
            return
        _held.append(warnings.catch_warnings())
        _held[0].__enter__()
        warnings.simplefilter("ignore")
        for name in LOGGERS:
            _levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if _inside:
            return
        for name, level in _levels.items():
            logging.getLogger(name).setLevel(level)
        _held.pop().__exit__(None, None, None)
