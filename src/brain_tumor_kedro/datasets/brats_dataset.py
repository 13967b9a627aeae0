"""The BraTS source: folders of cases, NIfTI volumes with their grades, read lazily."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from brain_tumor_kedro.datasets.brats_cases import BratsCase, describe_case, sort_files
from brain_tumor_kedro.datasets.brats_grades import is_table, read_tables
from brain_tumor_kedro.datasets.figshare_dataset import refuse_to_mix
from brain_tumor_kedro.datasets.local_file import replacing
from brain_tumor_kedro.datasets.nifti import WritableVolume, encode_volume
from brain_tumor_kedro.datasets.source import make_storable, walk_files

EXPECTED = (
    "Expected BraTS case folders under {folder}, in any depth: <case>/<case>_t1ce.nii.gz, _t2, "
    "_flair and _seg, with the grades in name_mapping.csv beside them or in folders HGG and LGG. "
    "To get them: register at https://www.synapse.org or take BraTS 2020 from "
    "https://www.med.upenn.edu/cbica/brats2020/data.html, and unpack the training data there."
)
ODD = (
    "Expected segmentations named <case>_seg, found {count} of another name ({names}): taken for "
    "the segmentation of the case folder that it lies in."
)
LOOSE = (
    "Expected NIfTI files in case folders, each named after its case and a sequence. Others, which "
    "are not read: {count} ({names})."
)
UNLISTED = "Expected folders that can be listed, found {count} that cannot ({names})."

#: What is written under one name: a volume, bytes as they are, or the rows of a table.
Content = WritableVolume | bytes | list[dict[str, str]]


@dataclass(frozen=True)
class VolumeSource:
    """A source of volumes as it lies on disk.

    Attributes:
        cases: Every case, sorted by `image_id`; empty where the source is missing.
        expected: What is expected at which place, and how to get it, for whoever finds it missing.
        notes: What the user must know of the source, a sentence or two each.
    """

    cases: tuple[BratsCase, ...]
    expected: str
    notes: tuple[str, ...] = ()


class BratsDataset(AbstractDataset[Mapping[str, Content], VolumeSource]):
    """BraTS case folders of any year and depth, listed at once and read lazily.

    Loading returns a `VolumeSource` with one `BratsCase` for every folder that holds a file of a
    sequence; no volume is opened. Grades come from every `*mapping*.csv` below the folder and
    from folders named HGG and LGG; where these disagree, the grade is unknown. Rows of the tables
    tell which cases of several years are one patient. Saving writes files and never beside others.

    Example:
        ```yaml
        brats:
          type: brain_tumor_kedro.datasets.BratsDataset
          path: data/01_raw/brats
        ```

    Source: Menze et al., IEEE Transactions on Medical Imaging 34(10): 1993, 2015; Bakas et al.,
    Scientific Data 4: 170117, 2017.
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the folder; nothing is read yet."""
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> VolumeSource:
        """List the cases, in order of their ids."""
        paths = list(walk_files(self._path))
        named, notes = read_tables([path for path in paths if is_table(path)])
        found = sort_files(paths, self._path)
        cases = [
            describe_case(folder, self._path, files, named) for folder, files in found.cases.items()
        ]
        notes += self._note(ODD, found.odd) + self._note(LOOSE, found.loose)
        notes += self._note(UNLISTED, [path for path in paths if path.is_dir()])
        ordered = tuple(sorted(cases, key=lambda case: case.image_id))
        return VolumeSource(ordered, EXPECTED.format(folder=self._path), notes)

    def save(self, data: Mapping[str, Content]) -> None:
        """Write case folders.

        Args:
            data: From a path below the folder to what the file holds: `<case>/<case>_t1.nii` or
                `.nii.gz` and a volume, `name_mapping.csv` and its rows, or any name and bytes.

        Raises:
            DatasetError: Where the folder holds other files, which might be real data.
        """
        refuse_to_mix(self._path, set(data))
        for name, content in data.items():
            with replacing(self._path / name) as partial:
                partial.write_bytes(_encode(name, content))

    def _note(self, sentence: str, paths: Sequence[Path]) -> tuple[str, ...]:
        if not paths:
            return ()
        names = [make_storable(path.relative_to(self._path).as_posix()) for path in paths[:3]]
        listed = ", ".join(names) + (", …" if len(paths) > 3 else "")
        return (sentence.format(count=len(paths), names=listed),)

    def _exists(self) -> bool:
        return any(True for _ in walk_files(self._path))

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path)}


def _encode(name: str, content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, list):
        return _encode_rows(content)
    return encode_volume(content, packed=name.endswith(".gz"))


def _encode_rows(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
