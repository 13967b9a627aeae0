"""A BraTS case, its files named and not yet opened, and how files are told apart into cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from brain_tumor_kedro.datasets.brats_grades import Named
from brain_tumor_kedro.datasets.brats_names import (
    SEQUENCES,
    is_odd_segmentation,
    parse_file,
)
from brain_tumor_kedro.datasets.nifti import (
    Volume,
    is_nifti,
    read_segmentation,
    read_volume,
)
from brain_tumor_kedro.datasets.source import make_storable, name_image

SOURCE = "brats"


@dataclass(frozen=True)
class BratsCase:
    """One examination of one patient: a folder with a file for each sequence.

    Attributes:
        image_id: Unique; the folder's path from the folder that holds the source's folder.
        case_id: The folder's name.
        path: The folder.
        label: `LGG` or `HGG`; None where it is unknown.
        detail: Why the label is unknown.
        patient_id: One for all cases of a patient, under the names of several years.
        files: The files of each sequence that is there; of `SEQUENCES`, and in their order.
        source: The name of its source.
    """

    image_id: str
    case_id: str
    path: Path
    label: str | None
    detail: str | None
    patient_id: str
    files: Mapping[str, tuple[Path, ...]] = field(hash=False)
    source: str = SOURCE

    @property
    def sequences(self) -> Mapping[str, Path]:
        """The file of each sequence that is there; of several, the first by name."""
        return {sequence: paths[0] for sequence, paths in self.files.items()}

    def read(self, sequence: str) -> Volume:
        """Read one sequence, or the segmentation.

        Args:
            sequence: One of `SEQUENCES`.

        Returns:
            The volume: float32, or int32 for `seg`.

        Raises:
            ValueError: Says what is wrong with the file; where there is none; where there are
                several that differ.
        """
        paths = self.files.get(sequence, ())
        if not paths:
            raise ValueError(f"expected {sequence} in {self.case_id}, found {list(self.files)}")
        read = read_segmentation if sequence == "seg" else read_volume
        first = read(paths[0])
        for path in paths[1:]:
            if not _are_equal(first, read(path)):
                names = " and ".join(make_storable(path.name) for path in paths)
                raise ValueError(
                    f"expected one file of {sequence}, found {names}, which differ: remove the "
                    "wrong one"
                )
        return first


def _are_equal(one: Volume, other: Volume) -> bool:
    alike = np.array_equal(one.voxels, other.voxels)
    return alike and np.allclose(one.affine, other.affine, rtol=0, atol=1e-3)


@dataclass(frozen=True)
class SortedFiles:
    """Files by what they belong to.

    Attributes:
        cases: For every case folder its files, by sequence.
        odd: Segmentations that are taken for such though they are named otherwise.
        loose: NIfTI files that belong to no case.
    """

    cases: dict[Path, dict[str, tuple[Path, ...]]] = field(default_factory=dict)
    odd: list[Path] = field(default_factory=list)
    loose: list[Path] = field(default_factory=list)


def sort_files(paths: Iterable[Path], root: Path) -> SortedFiles:
    """Find the case folders among files.

    A case folder directly holds files named after one case and a sequence each. Where files are
    named after several cases, only those count that are named like the folder.

    Args:
        paths: Files below the source's folder; others than NIfTI are passed over.
        root: The source's folder, itself never a case.

    Returns:
        The files of each case, and what is left.
    """
    folders: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(_outermost(path, root) for path in paths):
        if is_nifti(path.name):
            folders[path.parent].append(path)
    found = SortedFiles()
    for folder, files in folders.items():
        _sort_folder(found, folder, files, is_root=folder == root)
    return found


def _outermost(path: Path, root: Path) -> Path:
    """A file, or the folder around it that is named like a NIfTI file."""
    below = [path, *path.parents]
    inside = below[: below.index(root)] if root in below else below[:1]
    return next((place for place in reversed(inside) if is_nifti(place.name)), path)


def _sort_folder(found: SortedFiles, folder: Path, files: list[Path], is_root: bool) -> None:
    named = {path: name for path in files if (name := parse_file(path.name))}
    cases = {name.case for name in named.values()}
    if len(cases) > 1:
        cases &= {folder.name.lower()}
    if is_root or not cases:
        found.loose.extend(files)
        return
    by_sequence: defaultdict[str, tuple[Path, ...]] = defaultdict(tuple)
    for path, name in named.items():
        if name.case in cases:
            by_sequence[name.sequence] += (path,)
    if "seg" not in by_sequence:
        odd = [path for path in files if path not in named and is_odd_segmentation(path.name)]
        by_sequence |= {"seg": tuple(odd)} if odd else {}
        found.odd.extend(odd)
    found.cases[folder] = {s: by_sequence[s] for s in SEQUENCES if s in by_sequence}
    used = set().union(*by_sequence.values())
    found.loose.extend(path for path in files if path not in used)


def describe_case(
    folder: Path, root: Path, files: Mapping[str, tuple[Path, ...]], named: Named
) -> BratsCase:
    """Name a case folder's case, grade and patient.

    Args:
        folder: The case folder.
        root: The source's folder.
        files: Its files, by sequence.
        named: What the tables of names say.

    Returns:
        The case.
    """
    case_id = make_storable(folder.name)
    label, detail = named.find_grade(case_id, folder.relative_to(root).parent.parts)
    return BratsCase(
        image_id=name_image(folder, root),
        case_id=case_id,
        path=folder,
        label=label,
        detail=detail and make_storable(detail),
        patient_id=named.find_patient(case_id),
        files=files,
    )
