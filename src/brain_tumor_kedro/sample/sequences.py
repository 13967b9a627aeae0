"""Four sequences of one brain: how bright tissues and tumor are, and what the scanner adds."""

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from brain_tumor_kedro.sample.brains import SHAPE, Brain, smooth_field
from brain_tumor_kedro.sample.geometry import Floats
from brain_tumor_kedro.sample.gliomas import CORE, EDEMA, ENHANCING, Glioma
from brain_tumor_kedro.sample.scanner import add_noise

#: Brightness by sequence and tissue, 1 the brightest of healthy tissue.
TISSUES: Mapping[str, Mapping[str, float]] = {
    "t1": {"white": 0.8, "gray": 0.58, "fluid": 0.2, "vessel": 0.45},
    "t1ce": {"white": 0.66, "gray": 0.5, "fluid": 0.16, "vessel": 0.95},
    "t2": {"white": 0.34, "gray": 0.5, "fluid": 1.0, "vessel": 0.25},
    "flair": {"white": 0.46, "gray": 0.6, "fluid": 0.15, "vessel": 0.3},
}

#: Brightness by sequence of edema, solid tumor, necrosis, and tumor full of contrast.
LESIONS: Mapping[str, Mapping[str, float]] = {
    "t1": {"edema": 0.5, "solid": 0.45, "necrosis": 0.3, "contrast": 0.5},
    "t1ce": {"edema": 0.42, "solid": 0.38, "necrosis": 0.2, "contrast": 1.15},
    "t2": {"edema": 0.8, "solid": 0.85, "necrosis": 0.9, "contrast": 0.62},
    "flair": {"edema": 0.98, "solid": 0.92, "necrosis": 0.5, "contrast": 0.8},
}


def scan_sequences(brain: Brain, glioma: Glioma, rng: Generator) -> dict[str, NDArray[np.int16]]:
    """Scan a patient.

    Args:
        brain: The patient's brain.
        glioma: The tumor in it.
        rng: Source of chance.

    Returns:
        By sequence, int16 `(x, y, z)` in RAS+, 0 outside the brain, of any scale, as scanners give.
    """
    uneven = 1 + 0.05 * smooth_field(rng, 2.0)
    mass = {label: glioma.share(label) for label in (CORE, EDEMA, ENHANCING)}
    return {
        sequence: _scan(_paint(sequence, brain, glioma, mass, rng) * uneven, brain, rng)
        for sequence in TISSUES
    }


def _paint(
    sequence: str, brain: Brain, glioma: Glioma, mass: dict[int, Floats], rng: Generator
) -> Floats:
    """Paint a sequence before the scanner; every scan is weighted a little differently."""
    image = np.zeros(SHAPE, dtype=np.float32)
    for tissue, brightness in TISSUES[sequence].items():
        image += brightness * rng.uniform(0.92, 1.08) * brain.tissues[tissue]
    lesion = {part: value * rng.uniform(0.92, 1.08) for part, value in LESIONS[sequence].items()}
    growth, rest = glioma.growth, np.clip(1 - sum(mass.values()), 0, 1)
    core = lesion["solid"] + growth.necrotic * (lesion["necrosis"] - lesion["solid"])
    bright = lesion["solid"] + growth.uptake * (lesion["contrast"] - lesion["solid"])
    # Swollen tissue keeps some of its own look.
    swollen = 0.75 * lesion["edema"] + 0.25 * image
    painted = image * rest + swollen * mass[EDEMA] + core * mass[CORE] + bright * mass[ENHANCING]
    return np.asarray(painted, dtype=np.float32)


def _scan(image: Floats, brain: Brain, rng: Generator) -> NDArray[np.int16]:
    shading = 1 + 0.06 * smooth_field(rng, 12.0)
    soft = ndimage.gaussian_filter(image * shading, rng.uniform(0.2, 0.55))
    noisy = add_noise(soft, rng.uniform(0.015, 0.045), rng)
    peak = rng.uniform(300, 2500)
    return np.where(brain.inside, np.rint(noisy * peak), 0).astype(np.int16)
