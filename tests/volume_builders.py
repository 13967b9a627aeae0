"""Small volumes for tests: cases that live in memory, with the faults that are asked for."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class FakeVolume:
    voxels: np.ndarray
    affine: np.ndarray
    spacing: tuple[float, float, float]


@dataclass(frozen=True)
class FakeCase:
    """A case whose files are arrays; an error in the place of a file is raised when it is read."""

    case_id: str
    label: str | None = "HGG"
    patient: str | None = None
    detail: str | None = None
    source: str = "brats"
    files: Mapping[str, FakeVolume | Exception] = field(default_factory=dict)

    @property
    def image_id(self) -> str:
        return f"{self.source}/{self.case_id}"

    @property
    def path(self) -> Path:
        return Path(self.image_id)

    @property
    def patient_id(self) -> str:
        return self.patient or self.case_id

    @property
    def sequences(self) -> Mapping[str, Path]:
        return {name: self.path / name for name in self.files}

    def read(self, sequence: str) -> FakeVolume:
        found = self.files[sequence]
        if isinstance(found, Exception):
            raise found
        return found


@dataclass(frozen=True)
class FakeSource:
    cases: tuple[FakeCase, ...]
    expected: str = "Expected case folders of BraTS in brats."
    notes: tuple[str, ...] = ()


def make_volume(voxels: np.ndarray, spacing: tuple[float, float, float] = (1, 1, 1)) -> FakeVolume:
    return FakeVolume(voxels, np.diag([*map(float, spacing), 1.0]), spacing)


def make_case(
    case_id: str,
    label: str | None = "HGG",
    seed: int | None = None,
    shape: tuple[int, int, int] = (20, 24, 12),
    tumor: tuple[int, int] = (3, 7),
    **fields,
) -> FakeCase:
    """A case with noise in its sequences and a tumor of 4 x 5 voxels in the slices of `tumor`.

    `changed` puts other files in the place of some; None leaves one away.
    """
    rng = np.random.default_rng(zlib.crc32(case_id.encode()) if seed is None else seed)
    changed = fields.pop("changed", {})
    spacing = fields.pop("spacing", (1, 1, 1))
    mask = np.zeros(shape, np.int16)
    mask[5:9, 10:15, tumor[0] : tumor[1]] = 1
    files = {
        name: make_volume(rng.normal(100, 30, shape).astype(np.float32), spacing)
        for name in ("t1", "t1ce", "t2", "flair")
    }
    files |= {"seg": make_volume(mask, spacing)} | changed
    there = {name: volume for name, volume in files.items() if volume is not None}
    return FakeCase(case_id, label, files=there, **fields)
