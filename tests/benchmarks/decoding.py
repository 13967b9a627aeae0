"""How fast files become pictures, as a ratio to the plainest decoding by the library alone.

Usage: python tests/benchmarks/decoding.py [--number 100]. Phantom slices of 512 x 512, packed as
each format packs them. Below 1: slower than the library alone, which checks less and silences
nothing.
"""

import argparse
import gzip
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import h5py
import nibabel as nib
import numpy as np
import pydicom
from PIL import Image
from pydicom import uid
from pydicom.pixels import apply_modality_lut, apply_windowing, pixel_array
from pydicom.pixels import compress as compress_here
from timing import timed

from brain_tumor_kedro.datasets.any_image import decode_frames
from brain_tumor_kedro.datasets.figshare_dataset import encode_slice

sys.path.insert(0, str(Path(__file__).parents[1]))
from dicom_files import make_dataset, make_dicom, to_bytes
from gdcm_files import compress

SIDE, SLICES = 512, 20


@dataclass(frozen=True)
class Case:
    """A file, how many images it holds, and how a library alone would decode it."""

    name: str
    content: bytes
    plain: Callable[[bytes], object]
    images: int = 1


def make_slice(seed: int = 0) -> np.ndarray:
    """A noisy disk, `(512, 512)` int16 up to 4,000."""
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    disk = (rows**2 + 1.4 * columns**2 < 0.7) * (1500 + 900 * np.cos(7 * rows + seed))
    noise = np.random.default_rng(seed).normal(0, 40, disk.shape)
    return np.clip(disk + noise, 0, 4000).astype(np.int16)


def plain_dicom(content: bytes) -> np.ndarray:
    dataset = pydicom.dcmread(io.BytesIO(content))
    frames = np.reshape(pixel_array(dataset), (-1, SIDE, SIDE))
    if "WindowCenter" in dataset:
        frames = [apply_windowing(apply_modality_lut(frame, dataset), dataset) for frame in frames]
    return np.asarray(frames)


def plain_picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def plain_nifti(content: bytes) -> np.ndarray:
    unpacked = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    return np.asarray(nib.Nifti1Image.from_bytes(unpacked).dataobj)


def plain_matlab(content: bytes) -> np.ndarray:
    with h5py.File(io.BytesIO(content)) as mat:
        return np.asarray(mat["cjdata/image"]).T


def make_cases() -> list[Case]:
    deep = make_slice()
    gray = (deep / 16).astype(np.uint8)
    frames = np.stack([make_slice(seed) for seed in range(SLICES)])
    window = {"WindowCenter": "1500", "WindowWidth": "5000", "RescaleSlope": "1.5",
              "RescaleIntercept": "-3"}  # fmt: skip
    run_lengths = make_dataset(deep)
    compress_here(run_lengths, uid.RLELossless)
    volume = nib.Nifti1Image(frames.transpose(2, 1, 0), np.eye(4)).to_bytes()
    mat = encode_slice(
        SimpleNamespace(patient_id="", label=1, image=deep, border=np.ones(4), mask=deep > 900)
    )
    cases = [
        Case(f"picture, {kind}", encode_picture(gray, kind), plain_picture)
        for kind in ("PNG", "JPEG", "TIFF")
    ]
    cases += [
        Case("DICOM, plain", make_dicom(deep), plain_dicom),
        Case("DICOM, with a window", make_dicom(deep, **window), plain_dicom),
        Case("DICOM, 20 frames", make_dicom(frames, frames=True), plain_dicom, SLICES),
        Case("DICOM, RLE", to_bytes(run_lengths), plain_dicom),
    ]
    cases += [
        Case(f"DICOM, {name}", compress(make_dicom(deep), name), plain_dicom)
        for name in ("jpeg_lossless_sv1", "jpeg_ls", "jpeg_2000")
    ]
    return [
        *cases,
        Case("NIfTI, 20 slices", volume, plain_nifti, SLICES),
        Case("NIfTI packed, 20 slices", gzip.compress(volume), plain_nifti, SLICES),
        Case("MATLAB", mat, plain_matlab),
    ]


def encode_picture(gray: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(gray).save(buffer, kind)
    return buffer.getvalue()


def measure(case: Case, number: int) -> str:
    def ours() -> None:
        for _ in range(number):
            for _picture in decode_frames(case.content):
                pass

    def plain() -> None:
        for _ in range(number):
            case.plain(case.content)

    next(decode_frames(case.content)), plain()
    # In turns, and the best of three: others may use the machine.
    runs = [(timed(ours).cpu_seconds, timed(plain).cpu_seconds) for _ in range(3)]
    mine, theirs = (min(column) / (number * case.images) for column in zip(*runs, strict=True))
    clock = min(timed(ours).seconds for _ in range(2)) / (number * case.images)
    return f"{case.name:28s} {1e3 * clock:7.2f} ms  CPU {1e3 * mine:7.2f} ms {theirs / mine:6.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=50)
    number = parser.parse_args().number
    print("file                         an image   CPU of this process; plain decoding by ours")  # noqa: T201
    for case in make_cases():
        print(measure(case, max(1, number // case.images)))  # noqa: T201


if __name__ == "__main__":
    main()
