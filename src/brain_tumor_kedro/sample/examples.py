"""One phantom of a class, in memory, to be shown to a classifier."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brain_tumor_kedro.sample.brains import draw_brain
from brain_tumor_kedro.sample.gliomas import draw_glioma
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice
from brain_tumor_kedro.sample.pictures import to_gray
from brain_tumor_kedro.sample.sequences import scan_sequences
from brain_tumor_kedro.tasks import GLIOMA_GRADE, PHANTOM, TUMOR_TYPE, Task

#: Source of chance, as no sample written to disk uses it.
SEED = 20_260

#: Side of an example slice in pixels.
SIZE = 512


class PhantomVolumeExample(NamedTuple):
    """A patient's volumes.

    Attributes:
        sequences: int16 `(x, y, z)` by the channels' names, in RAS+.
        mask: bool `(x, y, z)`, where the tumor is.
    """

    sequences: Mapping[str, NDArray[np.int16]]
    mask: NDArray[np.bool_]


def drawable(task: Task, classes: Sequence[str]) -> tuple[str, ...]:
    """Of which classes phantoms can be drawn.

    Args:
        task: Gray images, or images of several sequences.
        classes: Of a classifier.

    Returns:
        Those of them, in their order.
    """
    known = GLIOMA_GRADE if task.channels else TUMOR_TYPE
    return tuple(label for label in classes if label in known.classes)


def draw_example_slice(label: str, seed: int = SEED) -> NDArray[np.uint8]:
    """Draw a slice through the middle of a patient's tumor.

    Args:
        label: A class of `tasks.TUMOR_TYPE`.
        seed: Of the patient.

    Returns:
        `(SIZE, SIZE)`.
    """
    patient = Patient(f"{PHANTOM}_example", label, seed)
    return to_gray(draw_slice(patient, 0.0, SIZE).image)


def draw_example_volumes(
    grade: str, channels: Sequence[str], seed: int = SEED
) -> PhantomVolumeExample:
    """Draw a patient's volumes.

    Args:
        grade: A class of `tasks.GLIOMA_GRADE`.
        channels: Names of sequences, in any case.
        seed: Of the patient.

    Returns:
        The volumes of these sequences, and the tumor.
    """
    rng = np.random.default_rng(seed)
    brain = draw_brain(rng)
    glioma = draw_glioma(grade, brain, rng)
    scanned = scan_sequences(brain, glioma, rng)
    return PhantomVolumeExample(
        {channel: scanned[channel.lower()] for channel in channels}, glioma.labels > 0
    )
