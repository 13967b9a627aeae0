"""The phantom sources: one like Figshare, two like Kaggle, and the truth about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from brain_tumor_kedro.sample.collection import ALPHA, BETA, Collection, FigshareSlice
from brain_tumor_kedro.sample.faults import (
    as_records,
    count_cross_split,
    draw_split,
    plant_broken,
    plant_conflicts,
    plant_copies,
)
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice, peak_of
from brain_tumor_kedro.sample.pictures import encode, padded, to_gray
from brain_tumor_kedro.tasks import PHANTOM, TUMOR_TYPE

#: The Figshare collection's numbers for the classes; it has no healthy patients.
FIGSHARE_LABELS = {"meningioma": 1, "glioma": 2, "pituitary": 3}

#: Folds for cross-validation that the Figshare collection publishes.
PUBLISHED_FOLDS = 5

#: Side of a Figshare slice in pixels.
FIGSHARE_SIZE = 512

#: Neighboring slices that a patient has, patient by patient.
SLICES = (3, 4, 2, 3, 5, 3, 2, 4)

#: Sides and proportions of the Kaggle pictures.
PICTURE_SIZES = (180, 225, 256, 300, 400, 512, 512, 512, 640)
PICTURE_ASPECTS = (1.0, 1.0, 1.0, 0.82, 1.2)


@dataclass(frozen=True)
class PhantomSources:
    """Phantom data in the published sources' forms.

    Attributes:
        figshare: A `.mat` file's contents by file name.
        folds: For each Figshare file, by number, its published fold from 1 to 5, int64 `(n,)`.
            A patient has one fold.
        kaggle: A file's bytes by path relative to the folder that holds the data sets.
        planted: The truth, ready for JSON; image ids are `figshare/<name>` or `kaggle/<path>`.
            `seed`; `files`, `distinct` and `kept`, the numbers of files, of slices with a known
            label, and of slices left once copies and unresolved conflicts are out; `patients`
            and `slices`, by image id; `copies` (`original`, `copy`, `how`); `label_conflicts`
            (`images`, `expert`); `rejected`, the reason by image id; `cross_split`, by data
            set (`test`, `copied_from_train`, `patient_in_train`); `folds`, the published fold by
            image id.
    """

    figshare: dict[str, FigshareSlice]
    folds: NDArray[np.int64]
    kaggle: dict[str, bytes]
    planted: dict[str, Any]


def make_sources(seed: int = 0, patients: int = 14) -> PhantomSources:
    """Make the phantom sources; the same arguments give the same bytes.

    Args:
        seed: Source of all chance.
        patients: Patients per tumor class and source; half as many again have no tumor.

    Returns:
        The sources and what was planted in them.

    Raises:
        ValueError: For fewer than 3 patients, too few to plant every fault.
    """
    if patients < 3:
        raise ValueError(f"Expected at least 3 patients per class, received {patients}.")
    rng = np.random.default_rng(seed)
    collection = Collection()
    figshare = dict.fromkeys(FIGSHARE_LABELS, patients)
    kaggle = dict.fromkeys(TUMOR_TYPE.positive, patients) | {"no_tumor": patients * 8 // 5}
    _add_figshare(collection, _draw_patients(figshare, 1, rng))
    _add_kaggle(collection, _draw_patients(kaggle, sum(figshare.values()) + 1, rng), rng)
    distinct = len(collection.files)
    wrong, conflicts = plant_conflicts(collection, rng)
    spared = {image_id for conflict in conflicts for image_id in conflict["images"]}
    copies = plant_copies(collection, spared, rng)
    planted = {
        "seed": seed,
        "copies": as_records([*wrong, *copies]),
        "label_conflicts": conflicts,
        "rejected": plant_broken(collection, rng),
        "distinct": distinct,
        "kept": distinct - sum(not conflict["expert"] for conflict in conflicts),
    }
    return _finished(collection, planted)


def _draw_patients(counts: dict[str, int], first: int, rng: Generator) -> list[Patient]:
    """Draw patients in random order, numbered from `first` on."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    rng.shuffle(labels)
    seeds = rng.integers(2**31, size=len(labels))
    return [
        Patient(f"{PHANTOM}_{number:03d}", label, int(seed))
        for number, (label, seed) in enumerate(zip(labels, seeds, strict=True), start=first)
    ]


def _cuts(patients: list[Patient]) -> Iterator[tuple[Patient, list[float]]]:
    """Tell where each patient's neighboring slices are cut."""
    for patient, count in zip(patients, cycle(SLICES)):
        yield patient, [number - (count - 1) / 2 for number in range(count)]


def _slice_id(patient: Patient, position: float) -> str:
    return f"{patient.patient_id}@{position:+.1f}"


def _add_figshare(collection: Collection, patients: list[Patient]) -> None:
    for patient, positions in _cuts(patients):
        for position in positions:
            drawn = draw_slice(patient, position, FIGSHARE_SIZE)
            content = FigshareSlice(
                patient_id=patient.patient_id,
                label=FIGSHARE_LABELS[patient.label],
                image=np.rint(drawn.image * peak_of(patient)).astype(np.int16),
                border=drawn.border.ravel(),
                mask=drawn.mask,
            )
            collection.add_figshare(content, patient.label, _slice_id(patient, position))


def _add_kaggle(collection: Collection, patients: list[Patient], rng: Generator) -> None:
    """Give the patients of each class to the data sets in turn; a patient's files are alike."""
    homes = {label: cycle((ALPHA, BETA)) for label in TUMOR_TYPE.classes}
    for patient, positions in _cuts(patients):
        home = next(homes[patient.label])
        size, aspect = int(rng.choice(PICTURE_SIZES)), float(rng.choice(PICTURE_ASPECTS))
        suffix = ".png" if rng.random() < 0.08 else ".jpg"
        quality, rgb = int(rng.integers(75, 96)), bool(rng.random() < 0.5)
        for position in positions:
            gray = padded(to_gray(draw_slice(patient, position, size).image), aspect)
            content = encode(gray, suffix, quality, rgb)
            shows = (_slice_id(patient, position), patient.patient_id)
            collection.add_picture(home, draw_split(rng), patient.label, content, suffix, shows)


def _finished(collection: Collection, planted: dict[str, Any]) -> PhantomSources:
    """Sort the files by source, and complete the record of what was planted."""
    shown = [file for file in collection.files if file.slice_id]
    folds = _publish_folds(collection)
    figshare, kaggle = {}, {}
    for file in collection.files:
        if isinstance(file.content, FigshareSlice):
            figshare[file.image_id.removeprefix("figshare/")] = file.content
        else:
            kaggle[file.image_id.removeprefix("kaggle/")] = file.content
    record = planted | {
        "files": len(collection.files),
        "patients": {file.image_id: file.patient_id for file in shown},
        "slices": {file.image_id: file.slice_id for file in shown},
        "cross_split": count_cross_split(collection),
        "folds": folds,
    }
    return PhantomSources(figshare, np.array(list(folds.values())), kaggle, record)


def _publish_folds(collection: Collection) -> dict[str, int]:
    """Deal the Figshare patients of each class out to the published folds in turn."""
    turns = {label: cycle(range(1, PUBLISHED_FOLDS + 1)) for label in FIGSHARE_LABELS}
    by_patient: dict[str | None, int] = {}
    for file in collection.of("figshare"):
        if file.patient_id not in by_patient:
            by_patient[file.patient_id] = next(turns[file.label])
    return {file.image_id: by_patient[file.patient_id] for file in collection.of("figshare")}
