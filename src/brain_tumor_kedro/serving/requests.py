"""Requests to a server: a table of images in, each checked before anything is answered.

A request is answered whole or refused whole, and what is refused is named by its place, never by
what it holds.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.answers import Shown
from brain_tumor_kedro.serving.showing import show_file

#: Columns of a request; the second need not be there.
IMAGE, FILE = "image", "file"

#: Most rows of a request, and most images in all of them, since a file may hold several.
MAX_IMAGES, MAX_FRAMES = 64, 512
#: Most bytes of one image's file, and of the request as it came: base64 is a third longer.
MAX_IMAGE_BYTES, MAX_REQUEST_BYTES = 2**24, 2**25
#: Most pixels of one image: what is made of them takes sixteen times as many bytes.
MAX_PIXELS = 2**25
#: Most pixels of all images of a request, 64 of 1024 by 1024: a request that takes long keeps
#: others waiting.
MAX_REQUEST_PIXELS = 2**26
#: Most rows, and most columns, of an array.
MAX_SIDE = 2**13
#: Longest name of an image.
MAX_NAME = 255

EXPECTED = (
    "the bytes of an image file, these as base64, or an array of whole numbers from 0 to 255 of "
    "shape (h, w) or (h, w, 3)"
)


class RequestError(ValueError):
    """A request that cannot be answered, and why."""


def show_request(table: pd.DataFrame) -> Iterator[tuple[int, Shown]]:
    """Decode the images of a request, one at a time.

    Args:
        table: Column `image`: in each row a file's bytes, these as base64, or an array or nested
            lists `(h, w)` or `(h, w, 3)` of 0 to 255. Column `file`, optional: how the answer names
            it; `image 1`, `image 2`, … without.

    Yields:
        The images, each with the place of its row from 1; of a file with several frames all.

    Raises:
        RequestError: Where one of them cannot be answered about: which, and why.
    """
    table = _spread(table)
    _require_size(table)
    names = table[FILE] if FILE in table else [None] * len(table)
    number = whole = 0
    for place, (value, name) in enumerate(zip(table[IMAGE], names, strict=True), start=1):
        for shown in _show(value, _check_name(name, place), place):
            number += 1
            if number > MAX_FRAMES:
                raise RequestError(
                    f"Expected at most {MAX_FRAMES} images in all files of a request."
                )
            if shown.picture is None:
                raise refuse(place, str(shown.problem))
            pixels = int(np.prod(shown.picture.pixels.shape[:2]))
            if pixels > MAX_PIXELS:
                raise refuse(place, f"it has {pixels:,} pixels, expected at most {MAX_PIXELS:,}")
            whole += pixels
            if whole > MAX_REQUEST_PIXELS:
                raise RequestError(
                    f"Expected at most {MAX_REQUEST_PIXELS:,} pixels in all images of a request. "
                    "Send fewer or smaller ones."
                )
            yield place, shown


def refuse(place: int | str, problem: str) -> RequestError:
    """Say which image of a request cannot be answered about.

    Args:
        place: Of the image in the request, from 1.
        problem: Why; quotes nothing of the image.
    """
    end = "" if problem.endswith((".", "?")) else "."
    return RequestError(f"Image {place} of the request cannot be answered about: {problem}{end}")


def _spread(table: pd.DataFrame) -> pd.DataFrame:
    """Give each image a row: of `{"inputs": {"image": [text, text]}}` MLflow makes a single one."""
    row = dict(table.iloc[0]) if len(table) == 1 else {}
    lists = all(isinstance(value, list | np.ndarray) for value in row.values())
    images = row.get(IMAGE) if row and lists else None
    if images is None or not all(isinstance(image, str | bytes) for image in images):
        return table
    if len({len(value) for value in row.values()}) > 1:
        raise RequestError(f"Expected as many values of {FILE!r} as of {IMAGE!r}.")
    return pd.DataFrame({name: list(value) for name, value in row.items()}, dtype=object)


def _require_size(table: pd.DataFrame) -> None:
    if IMAGE not in table:
        raise RequestError(f"Expected images, in a column {IMAGE!r} {EXPECTED}; found none.")
    if not len(table):
        raise RequestError("Expected at least one image, found an empty request.")
    if len(table) > MAX_IMAGES:
        raise RequestError(f"Expected at most {MAX_IMAGES} images, found {len(table)}.")
    whole = sum(_measure(value) for value in table[IMAGE])
    if whole > MAX_REQUEST_BYTES:
        found = f"{whole:,} bytes of images, expected at most {MAX_REQUEST_BYTES:,}"
        raise RequestError(f"The request is too large: {found}. Send fewer or smaller ones.")


def _measure(value: Any) -> int:
    """How many bytes, characters or numbers an image of a request comes in."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, list):  # a longer one is refused
        return sum(len(row) for row in value[:MAX_SIDE] if isinstance(row, list))
    return len(value) if isinstance(value, str | bytes) else 0


def _check_name(name: Any, place: int) -> str:
    if name is None or name is pd.NA or (isinstance(name, float) and np.isnan(name)):
        return f"image {place}"
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise refuse(place, f"expected as {FILE!r} a text of 1 to {MAX_NAME} characters")
    return name


def _show(value: Any, name: str, place: int) -> Iterator[Shown]:
    if isinstance(value, str):
        value = _decode_base64(value, place)
    if isinstance(value, bytes):
        if len(value) > MAX_IMAGE_BYTES:
            found = f"it has {len(value):,} bytes, expected at most {MAX_IMAGE_BYTES:,}"
            raise refuse(place, found)
        yield from show_file(name, value)
    else:
        pixels = _read_pixels(value, place)
        yield Shown(name, None, Picture(pixels, "L" if pixels.ndim == 2 else "RGB"))


def _decode_base64(text: str, place: int) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # Without the cause, which would carry the text along.
        problem = "it is a text, but no base64"
    raise refuse(place, problem)


def _read_pixels(value: Any, place: int) -> np.ndarray:
    if not isinstance(value, list | np.ndarray):
        raise refuse(place, f"expected {EXPECTED}, found {_name_type(value)}")
    if isinstance(value, list) and _is_long(value):
        raise refuse(place, f"it has more than {MAX_SIDE:,} rows or columns")
    try:
        pixels = np.asarray(value)
    except ValueError:
        pixels = None
    if pixels is None:
        raise refuse(place, "its rows are not of one length")
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] == 3)
    if not shaped or not pixels.size:
        raise refuse(place, f"expected an array (h, w) or (h, w, 3), found shape {pixels.shape}")
    if pixels.dtype.kind not in "ui" or pixels.min() < 0 or pixels.max() > 255:
        raise refuse(place, "expected an array of whole numbers from 0 to 255")
    return np.ascontiguousarray(pixels.astype(np.uint8))


def _is_long(rows: list[Any]) -> bool:
    """Say so at once: NumPy would take minutes to make an array of so many lists."""
    lengths = (len(row) for row in rows[:MAX_SIDE] if isinstance(row, list))
    return len(rows) > MAX_SIDE or any(length > MAX_SIDE for length in lengths)


def _name_type(value: Any) -> str:
    names = {dict: "an object", bool: "true or false", type(None): "nothing"}
    number = isinstance(value, int | float | np.number)
    return names.get(type(value), "a number" if number else f"a {type(value).__name__}")
