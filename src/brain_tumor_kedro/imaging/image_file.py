"""What curation asks of a source: files that say where they lie, and how they are decoded."""

from pathlib import Path
from typing import Protocol

import numpy as np


class DecodedImage(Protocol):
    """What decoding a file gives: `pixels` `(h, w[, c])` and what the file says of them."""

    @property
    def pixels(self) -> np.ndarray:
        """`(h, w)` or `(h, w, c)`, any number type."""
        ...

    @property
    def mode(self) -> str:
        """The name of the pixel format."""
        ...

    @property
    def label(self) -> str | None:
        """The class, where known."""
        ...

    @property
    def patient_id(self) -> str | None:
        """The patient, where known."""
        ...

    @property
    def note(self) -> str | None:
        """What of the file is not in `pixels`, such as further frames."""
        ...


class ImageFile(Protocol):
    """A file of a source: what is known without opening it, and how to decode it."""

    @property
    def image_id(self) -> str:
        """Unique among all files."""
        ...

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def source(self) -> str:
        """The name of its source."""
        ...

    @property
    def published_split(self) -> str | None:
        """`train` or `test`, where its place says so."""
        ...

    @property
    def published_fold(self) -> int | None:
        """1 to 5, where its source publishes folds for cross-validation."""
        ...

    @property
    def label(self) -> str | None:
        """The class, where known."""
        ...

    def decode(self, content: bytes) -> DecodedImage:
        """Turn the file's bytes into an image, or raise `ValueError` that says what is wrong.

        The error may name one of the manifest's `REASONS` in its attribute `reason`.
        """
        ...
