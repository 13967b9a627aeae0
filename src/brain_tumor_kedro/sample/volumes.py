"""The phantom volumes: a BraTS source of several years, and the truth about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brain_tumor_kedro.sample.brains import SPACING, draw_brain
from brain_tumor_kedro.sample.gliomas import draw_glioma
from brain_tumor_kedro.sample.sequences import scan_sequences
from brain_tumor_kedro.sample.volume_faults import FAULTS, PhantomVolume, Volumes
from brain_tumor_kedro.sample.volume_layouts import BRATS_2018, BRATS_2020, BRATS_2023, Layout
from brain_tumor_kedro.tasks import GLIOMA_GRADE, PHANTOM

#: Faults that are planted in a patient of low grade; the others in one of high grade.
LOW_FAULTS = {"no_tumor_visible"}

#: Patients in a row of whom one, the last, is of low grade; their files are named alike.
BLOCK = 3

#: The years that name the files, block by block.
LAYOUTS = (BRATS_2020, BRATS_2020, BRATS_2020, BRATS_2018, BRATS_2023)

#: One case in so many is stored as .nii, the rest as .nii.gz.
UNPACKED_EVERY = 7

#: How the segmentation of case 355 of BraTS 2020 is called.
ODD_SEGMENTATION = "W39_1998.09.19_Segm.nii.gz"

#: The case whose segmentation is called like that.
ODD_NUMBER = 2

#: Where the first voxel of BraTS' volumes lies, mm.
ORIGIN = (0.0, 239.0, 0.0)

#: Columns of BraTS 2020's table, and those of the year after; TCGA's is the same for all years.
TCGA = "TCGA_TCIA_subject_ID"
COLUMNS = ("BraTS_2018_subject_ID", TCGA, "BraTS_2020_subject_ID", "BraTS_2023_subject_ID")


#: By path relative to the source's folder: a volume, a broken file's bytes, or a table's rows.
VolumeFiles = dict[str, PhantomVolume | bytes | list[dict[str, str]]]


@dataclass(frozen=True)
class PhantomVolumes:
    """Phantom data in BraTS' forms.

    Attributes:
        files: Volumes, a broken file, and each `name_mapping.csv`, by path.
        planted: The truth, ready for JSON; image ids are `brats/<case folder>`. `cases`, how many;
            `grades` and `patients`, by image id; `rejected`, the reason, a key of `FAULTS`, by
            image id; `copies` (`original`, `copy`), cases with the same voxels; `kept`, how many
            patients are left without those whose case is at fault.
    """

    files: VolumeFiles
    planted: dict[str, Any]


@dataclass(frozen=True)
class _Patient:
    number: int
    grade: str
    layout: Layout
    fault: str | None

    @property
    def name(self) -> str:
        """The patient's name for all years, as TCGA gives one."""
        return f"{PHANTOM.upper()}-{self.number:03d}"

    @property
    def folder(self) -> str:
        """The case's folder, relative to the source's."""
        return self.layout.name_folder(self.number, self.grade)

    @property
    def image_id(self) -> str:
        """What the manifest calls the case."""
        return f"brats/{self.folder}"


def make_volumes(seed: int = 0, patients: int = 30) -> PhantomVolumes:
    """Make the phantom volumes; the same arguments give the same voxels.

    Each has 48 x 48 x 24 voxels of 5 x 5 x 6 mm, in BraTS' orientation and with its origin. Each
    patient has one case, but for one who is there under the name of another year, too.

    Args:
        seed: Source of all chance.
        patients: How many; one in three is of low grade.

    Returns:
        The files and what was planted in them.

    Raises:
        ValueError: For too few patients to plant every fault.
    """
    everyone = _enroll(patients)
    files: VolumeFiles = {}
    for patient in everyone:
        files |= _write_case(patient, _draw(patient, seed))
    twice = next(p for p in everyone if p.layout is BRATS_2020 and p.fault is None)
    again = replace(twice, layout=BRATS_2018)
    files |= _write_case(again, _draw(twice, seed))
    files |= _write_table(BRATS_2020, everyone, {twice.number: again})
    files |= _write_table(BRATS_2023, everyone, {})
    return PhantomVolumes(files, _record([*everyone, again], twice, again))


def _enroll(count: int) -> list[_Patient]:
    """Deal out grades, years and faults; the first block has none."""
    low, high = GLIOMA_GRADE.classes
    waiting = {low: [*LOW_FAULTS], high: [fault for fault in FAULTS if fault not in LOW_FAULTS]}
    everyone = []
    for number in range(1, count + 1):
        block = (number - 1) // BLOCK
        grade = high if number % BLOCK else low
        layout = LAYOUTS[block % len(LAYOUTS)]
        faulty = block > 0 and layout is BRATS_2020 and waiting[grade]
        everyone.append(_Patient(number, grade, layout, waiting[grade].pop(0) if faulty else None))
    if any(waiting.values()):
        raise ValueError(f"Expected patients enough for every fault, received {count}.")
    return everyone


def _draw(patient: _Patient, seed: int) -> Volumes:
    """Draw a patient's volumes, as BraTS stores them: axes run to the left, back and top."""
    rng = np.random.default_rng([seed, patient.number, 20])
    brain = draw_brain(rng)
    glioma = draw_glioma(patient.grade, brain, rng)
    volumes = scan_sequences(brain, glioma, rng) | {"seg": glioma.labels}
    affine = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    affine[:3, 3] = ORIGIN
    return {name: PhantomVolume(voxels[::-1, ::-1], affine) for name, voxels in volumes.items()}


def _write_case(patient: _Patient, volumes: Volumes) -> VolumeFiles:
    """Plant the case's fault and name its files."""
    content = FAULTS[patient.fault](volumes) if patient.fault else volumes
    unpacked = patient.number % UNPACKED_EVERY == 0 and patient.fault != "unreadable"
    suffix = ".nii" if unpacked else ".nii.gz"
    names = {s: patient.layout.name_file(patient.number, s) + suffix for s in content}
    if patient.number == ODD_NUMBER:
        names["seg"] = ODD_SEGMENTATION
    return {f"{patient.folder}/{names[sequence]}": content[sequence] for sequence in content}


def _write_table(
    layout: Layout, everyone: Sequence[_Patient], others: Mapping[int, _Patient]
) -> VolumeFiles:
    """Write a year's `name_mapping.csv`, as BraTS 2020's is: one row for each patient.

    Args:
        layout: The year, which has such a table.
        everyone: All patients; those of other years, and one of unknown grade, are left out.
        others: By the patient's number, the case of an older year.

    Returns:
        The rows, by the table's path.
    """
    rows = []
    for patient in everyone:
        if patient.layout is not layout or patient.fault == "unknown_label":
            continue
        names = dict.fromkeys(COLUMNS, "NA") | {layout.column: layout.name_case(patient.number)}
        if older := others.get(patient.number):
            names[older.layout.column] = older.layout.name_case(older.number)
        rows.append({"Grade": patient.grade} | names | {TCGA: patient.name})
    return {f"{layout.root}/name_mapping.csv": rows}


def _record(cases: Sequence[_Patient], twice: _Patient, again: _Patient) -> dict[str, Any]:
    """Write down the truth."""
    return {
        "cases": len(cases),
        "grades": {case.image_id: case.grade for case in cases},
        "patients": {case.image_id: case.name for case in cases},
        "rejected": {case.image_id: case.fault for case in cases if case.fault},
        "copies": [{"original": twice.image_id, "copy": again.image_id}],
        "kept": len({case.name for case in cases if not case.fault}),
    }
