"""What the names of BraTS' files and folders say: the sequence, the case, the patient."""

import re
from typing import NamedTuple

from brain_tumor_kedro.datasets.nifti import is_nifti, strip_suffix

#: The sequences and the segmentation, under the names of BraTS 2017 to 2021.
SEQUENCES = ("t1", "t1ce", "t2", "flair", "seg")
#: Their names in other years: contrast-enhanced, native, weighted, fluid-attenuated.
NAMES = {name: name for name in SEQUENCES} | {
    "t1c": "t1ce", "t1gd": "t1ce", "t1n": "t1", "t2w": "t2", "t2f": "flair",
}  # fmt: skip
FILE = re.compile(rf"(?:(?P<case>.*)[_-])?(?P<sequence>{'|'.join(NAMES)})", re.IGNORECASE)
#: BraTS 2020 has a segmentation of another name, W39_1998.09.19_Segm.nii in case 355.
ODD_SEGMENTATION = re.compile(r"seg.*m", re.IGNORECASE)
#: BraTS 2017 to 2019: the year before the name that a patient keeps.
YEAR = re.compile(r"brats1[789]_(?!training|validation|testing)(?P<patient>.+)", re.IGNORECASE)
#: BraTS 2023 and later: BraTS-GLI-<patient>-<time point>.
TIME_POINT = re.compile(r"(?P<patient>brats-[a-z]+-\d+)-\d+", re.IGNORECASE)


class NamedFile(NamedTuple):
    """What a file's name says.

    Attributes:
        case: The case, in lower case; empty where the name is that of the sequence alone.
        sequence: One of `SEQUENCES`.
    """

    case: str
    sequence: str


def parse_file(name: str) -> NamedFile | None:
    """Read the name of a file; None where it is not that of a sequence."""
    found = FILE.fullmatch(strip_suffix(name)) if is_nifti(name) else None
    if found is None:
        return None
    return NamedFile((found["case"] or "").lower(), NAMES[found["sequence"].lower()])


def is_odd_segmentation(name: str) -> bool:
    """Whether a file that is named like no sequence may be a case's segmentation."""
    return is_nifti(name) and ODD_SEGMENTATION.search(strip_suffix(name)) is not None


def name_patient(case: str) -> str:
    """What of a case's name is the patient's.

    The years 2017 to 2019 gave a patient one name behind the year; since 2023 the last number is
    the time point.

    Args:
        case: The case's name, in any case of letters.

    Returns:
        In capitals, the same for every case of one patient as far as names tell.
    """
    name = case.strip()
    found = YEAR.fullmatch(name) or TIME_POINT.fullmatch(name)
    return (found["patient"] if found else name).upper()
