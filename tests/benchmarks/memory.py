"""What inspecting an image leaves in memory: python tests/benchmarks/memory.py

Inspects generated sets of small files, 2,000 and 8,000, each in a process of its own, and prints
the largest memory of that process and what it grows by for each further image.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from brain_tumor_kedro.datasets import ImageFolderDataset
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.pipelines.curation.nodes import inspect_files

SIZES = (2_000, 8_000)


def write_images(folder: Path, number: int) -> None:
    """Small PNG files with one class's folder name."""
    place = folder / "kaggle" / "set" / "glioma"
    place.mkdir(parents=True)
    for seed in range(number):
        pixels = np.random.default_rng(seed).integers(0, 255, (64, 64), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"image_{seed:06d}.png", compress_level=0)


def inspect(folder: str) -> None:
    """Inspect the files as curation does; print the peak in bytes."""
    source = ImageFolderDataset(path=f"{folder}/kaggle", labels={"glioma": ["glioma"]}).load()
    result = inspect_files(list(source.files), ParallelSettings(backend="loky", workers=2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{peak} {len(result[0])}")


def measure(number: int) -> int:
    """The peak of a process that inspects this many files, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), number)
        command = [sys.executable, __file__, folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(printed.split()[0])


if __name__ == "__main__":
    if len(sys.argv) == 2:
        inspect(sys.argv[1])
    else:
        few, many = (measure(number) for number in SIZES)
        for number, peak in zip(SIZES, (few, many), strict=True):
            sys.stdout.write(f"{number} images: {peak / 1e6:.0f} MB\n")
        sys.stdout.write(f"{(many - few) / (SIZES[1] - SIZES[0]):.0f} bytes for each image more\n")
