"""Quiet decoding: what a library says of a file may quote the file, and so name a person."""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import _imaging

#: Loggers of the libraries that decode.
LOGGERS = ("pydicom", "PIL", "nibabel", "h5py")

_lock = threading.Lock()
_held: list[warnings.catch_warnings] = []
_nowhere: list[logging.Handler] = [logging.NullHandler()]
_kept: dict[str, tuple[list[logging.Handler], bool]] = {}
_inside = 0


def _silence_libtiff() -> None:
    """Pillow's libtiff writes to the standard error stream, past every logger."""
    try:
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
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
        # Not by their levels: to change one makes logging forget what it knows of all loggers.
        for logger in map(logging.getLogger, LOGGERS):
            _kept[logger.name] = logger.handlers, logger.propagate
            logger.handlers, logger.propagate = _nowhere, False


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if _inside:
            return
        for name, (handlers, propagates) in _kept.items():
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = handlers, propagates
        _held.pop().__exit__(None, None, None)
