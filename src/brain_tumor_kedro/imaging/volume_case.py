"""What curation asks of a source of volumes: cases that say what they hold, and read lazily."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

#: The file of the tumor's mask, beside the sequences.
MASK = "seg"


class Volume(Protocol):
    """One volume of a case in canonical orientation.

    The axes lead to the patient's right, front (anterior) and top (superior): RAS+.
    """

    @property
    def voxels(self) -> np.ndarray:
        """`(x, y, z)`, scaled as the file says, finite."""
        ...

    @property
    def affine(self) -> np.ndarray:
        """`(4, 4)` float64, from voxels to millimeters, of the canonical array."""
        ...

    @property
    def spacing(self) -> Sequence[float]:
        """Distance of voxels along each axis, `(3,)`, in mm."""
        ...


class VolumeCase(Protocol):
    """One folder of one patient: what is known without opening a file, and how to read one."""

    @property
    def image_id(self) -> str:
        """The folder's path from the folder of all input, unique among all cases."""
        ...

    @property
    def case_id(self) -> str:
        """The folder's name."""
        ...

    @property
    def path(self) -> Path:
        """Where the folder lies."""
        ...

    @property
    def source(self) -> str:
        """The name of its source."""
        ...

    @property
    def label(self) -> str | None:
        """The class, where known; `detail` says why it is not."""
        ...

    @property
    def detail(self) -> str | None:
        """What the user must know of the case."""
        ...

    @property
    def patient_id(self) -> str:
        """One patient has one id, under whatever names the years gave."""
        ...

    @property
    def sequences(self) -> Mapping[str, Path]:
        """The files that are there, by sequence, and the mask's under `seg`."""
        ...

    def read(self, sequence: str) -> Volume:
        """Read one file whole, or raise `ValueError` that says what is wrong."""
        ...


class VolumeSource(Protocol):
    """All cases of a source."""

    @property
    def cases(self) -> Sequence[VolumeCase]:
        """Sorted by `image_id`; empty where the source is missing."""
        ...

    @property
    def expected(self) -> str:
        """What is expected at which place, and how to get it, for whoever finds it missing."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user must know of the source, a sentence or two each."""
        ...
