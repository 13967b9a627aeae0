"""Memory and time of curating volumes: python tests/benchmarks/volumes.py [folder]

Writes generated cases of BraTS' own size (240 x 240 x 155, int16, .nii.gz) and brings the slices
with tumor to packed images: as the curation does it, with one process and with two, and the plain
way, with nibabel: all volumes of all cases in lists, sliced, scaled, resized with Pillow. Each runs
in a process of its own, on 4 cases and on 16. Memory is what the processes hold that is theirs
alone (the most that was seen, of the process and its workers together), above what they hold
before they read the first case; pages of files, which the system can take back, do not count.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SHAPE = (240, 240, 155)
SIZE = 224
FEW, MANY = 4, 16
CHANNELS = ("t1ce", "t2", "flair")


def write_cases(folder: Path, number: int) -> None:
    """Cases of a smooth head on black, with a ball as tumor in 49 slices."""
    rng = np.random.default_rng(0)
    grid = np.meshgrid(*(np.linspace(-1, 1, side) for side in SHAPE), indexing="ij")
    head = sum(axis**2 for axis in grid) < 0.5
    texture = gaussian_filter(rng.normal(size=SHAPE).astype(np.float32), 2)
    texture = head * (1 + (texture - texture.min()) / np.ptp(texture))
    ball = sum((axis * side / 2) ** 2 for axis, side in zip(grid, SHAPE, strict=True)) < 24.5**2
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    names = []
    for place in range(number):
        name = f"phantom_{place:03d}"
        names.append(f"{('HGG', 'LGG')[place % 2]},{name}")
        for level, sequence in enumerate(("t1", *CHANNELS)):
            voxels = np.rint(texture * (300 + 10 * place + 40 * level)).astype(np.int16)
            _write(folder / "brats" / name / f"{name}_{sequence}.nii.gz", voxels, affine)
        _write(folder / "brats" / name / f"{name}_seg.nii.gz", ball.astype(np.int16), affine)
    table = "\n".join(["Grade,BraTS_2020_subject_ID", *names])
    (folder / "brats" / "name_mapping.csv").write_text(f"{table}\n")


def _write(path: Path, voxels: np.ndarray, affine: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, affine), path)


def curate(folder: Path, number: int, workers: int) -> int:
    """As the pipeline does it; the number of slices."""
    from brain_tumor_kedro.datasets import BratsDataset
    from brain_tumor_kedro.imaging.cohort import CohortSettings
    from brain_tumor_kedro.imaging.packing import PackingSettings
    from brain_tumor_kedro.imaging.parallel import ParallelSettings
    from brain_tumor_kedro.imaging.slice_stack import inspect_cases, pack_slices
    from brain_tumor_kedro.imaging.volumes import SliceSettings

    cases = BratsDataset(path=str(folder / "brats")).load().cases[:number]
    settings = CohortSettings(), SliceSettings(), PackingSettings(size=SIZE)
    with watched_memory():
        found = inspect_cases(
            cases, frozenset(), ("LGG", "HGG"), *settings, ParallelSettings(workers=workers)
        )
        images, _ = pack_slices(*found[:2])
    return len(images)


def load_all(folder: Path, number: int) -> int:
    """The plain way: everything in lists; the number of slices."""
    folders = sorted((folder / "brats").glob("phantom_*"))[:number]
    with watched_memory():
        volumes = [
            {
                name: nib.as_closest_canonical(
                    nib.load(case / f"{case.name}_{name}.nii.gz")
                ).get_fdata()
                for name in (*CHANNELS, "seg")
            }
            for case in folders
        ]
        slices = []
        for case in volumes:
            for z in np.flatnonzero(case["seg"].any(axis=(0, 1))):
                slices.append(np.stack([_scale(case[name][:, :, z]) for name in CHANNELS], -1))
        images = np.stack(slices)
    return len(images)


def _scale(image: np.ndarray) -> np.ndarray:
    scaled = (image - image.min()) / max(float(np.ptp(image)), 1e-9)
    picture = Image.fromarray(np.rint(255 * scaled.T[::-1, ::-1]).astype(np.uint8))
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BILINEAR))


class watched_memory:  # noqa: N801
    """Watches what this process and its children hold for themselves, and prints it with time."""

    def __enter__(self) -> None:
        self.before, self.most, self.going = _anonymous_bytes(), 0, True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        seconds = time.perf_counter() - self.started
        self.going = False
        self.thread.join()
        held = max(self.most - self.before, 0)
        sys.stdout.write(json.dumps({"seconds": seconds, "bytes": held}))

    def _watch(self) -> None:
        while self.going:
            self.most = max(self.most, _anonymous_bytes())
            time.sleep(0.02)


def _anonymous_bytes() -> int:
    own = os.getpid()
    total = 0
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in path.read_text().splitlines())
        except (OSError, ValueError):
            continue  # it has ended
        if own in (int(fields["Pid"]), int(fields["PPid"])):
            total += int(fields.get("RssAnon", "0 kB").split()[0]) * 1024
    return total


def measure(folder: Path, way: str, number: int) -> tuple[float, float]:
    """Seconds per case and megabytes, of a process of its own."""
    command = [sys.executable, __file__, str(folder), way, str(number)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(printed)
    return found["seconds"] / number, found["bytes"] / 1e6


WAYS = {"one process": "1", "two processes": "2", "the plain way": "plain"}


def compare(folder: Path) -> None:
    results = {
        name: [measure(folder, way, number) for number in (FEW, MANY)] for name, way in WAYS.items()
    }
    for name, ((few_s, few), (many_s, many)) in results.items():
        line = f"{name:14} {FEW} cases: {few_s:5.2f} s a case, {few:6,.0f} MB"
        sys.stdout.write(f"{line}; {MANY} cases: {many_s:5.2f} s a case, {many:6,.0f} MB\n")
    plain = results["the plain way"][1]
    for name in list(WAYS)[:2]:
        seconds, held = results[name][1]
        ratio = f"{plain[0] / seconds:.2f} times as fast, 1/{plain[1] / held:.0f} of the memory"
        sys.stdout.write(f"{name} against the plain way, {MANY} cases: {ratio}\n")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        place, chosen, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
        load_all(place, count) if chosen == "plain" else curate(place, count, int(chosen))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(sys.argv[1] if len(sys.argv) == 2 else temporary)
            if not (root / "brats").exists():
                write_cases(root, MANY)
            compare(root)
