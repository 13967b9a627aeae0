"""Small slices, files and manifests for tests."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from brain_tumor_kedro.imaging.manifest import build_manifest


@dataclass(frozen=True)
class Decoded:
    pixels: np.ndarray
    mode: str = "L"
    label: str | None = None
    patient_id: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class ArrayFile:
    """A file whose bytes are an array's; `kind` tells how it decodes."""

    image_id: str
    path: Path
    label: str | None = "glioma"
    source: str = "kaggle/set"
    published_split: str | None = None
    patient_id: str | None = None
    published_fold: int | None = None

    def decode(self, content: bytes) -> Decoded:
        if content.startswith(b"broken"):
            raise ValueError("expected a picture")
        side = int(np.sqrt(len(content)))
        pixels = np.frombuffer(content, np.uint8).reshape(side, side)
        return Decoded(pixels, patient_id=self.patient_id)


def draw(seed: int, side: int = 128) -> np.ndarray:
    """A slice-like texture on black, different for every seed."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.normal(size=(side, side)), side / 32)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    head = (x**2 + y**2) < 0.8
    scaled = (noise - noise.min()) / np.ptp(noise)
    return np.rint(head * (40 + 200 * scaled)).astype(np.uint8)


def write_file(path: Path, content: np.ndarray | bytes, **fields) -> ArrayFile:
    path.write_bytes(content if isinstance(content, bytes) else content.tobytes())
    return ArrayFile(fields.pop("image_id", path.name), path, **fields)


def make_row(image_id: str, label: str = "glioma", **fields) -> dict:
    return {
        "image_id": image_id,
        "source": "kaggle/set",
        "label": label,
        "width": 256,
        "height": 256,
        "mode": "L",
        "bytes": 1000,
        "content_hash": f"content of {image_id}",
        "pixel_hash": f"pixels of {image_id}",
    } | fields


def make_manifest(*rows: dict) -> pd.DataFrame:
    return build_manifest(rows)


def make_pairs(*pairs: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["image_a", "image_b", "relation"])
    return table.assign(correlation=0.99, local_correlation=0.95)
