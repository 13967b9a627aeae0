"""Keep what libraries print about themselves: converters are chatty where nothing is wrong."""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import IO

#: How much of what was printed an error is given, in characters.
LAST = 2000


@contextmanager
def quietly() -> Iterator[None]:
    """Keep warnings, logs below errors, and all that native code prints.

    An error is given the end of it as a note. Python's own means do not reach what C++ writes to
    standard output and standard error, so the files behind them are changed: for all threads of
    this process, as long as this lasts.

    Yields:
        Nothing; what is done meanwhile is not heard.
    """
    with tempfile.TemporaryFile() as heard, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(max(logging.WARNING, before))
        try:
            with _printing_to(heard):
                yield
        except Exception as error:
            if said := _end_of(heard):
                error.add_note(f"What was printed before:\n{said}")
            raise
        finally:
            logging.disable(before)


@contextmanager
def _printing_to(heard: IO[bytes]) -> Iterator[None]:
    kept = {number: os.dup(number) for number in (1, 2)}
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        for number in kept:
            os.dup2(heard.fileno(), number)
        # Python's own may lead elsewhere, as in a notebook.
        text = os.fdopen(os.dup(heard.fileno()), "w")
        with text, redirect_stdout(text), redirect_stderr(text):
            yield
    finally:
        for number, original in kept.items():
            os.dup2(original, number)
            os.close(original)


def _end_of(heard: IO[bytes]) -> str:
    heard.seek(0)
    return heard.read().decode(errors="replace")[-LAST:].strip()
