"""Small slices, files and manifests for tests."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from brain_tumor_kedro.imaging import copy_search
from brain_tumor_kedro.imaging.manifest import build_manifest
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice


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


@lru_cache(maxsize=64)
def draw_phantom(seed: int, side: int = 256, position: float = 0.0) -> np.ndarray:
    """A slice of a phantom patient's head; the array is shared and cannot be written to."""
    slice_ = draw_slice(Patient(f"phantom-{seed}", "glioma", seed), position, side)
    image = np.rint(255 * slice_.image).astype(np.uint8)
    image.flags.writeable = False
    return image


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
    return table.assign(correlation=0.99, local_correlation=0.95, view="upright", round=1)


class Verdicts:
    """Images that are told apart by tables instead of pixels.

    Put in the place of what `copy_search` calls: the image with number i is a thumbnail full of i.
    """

    def __init__(self, nearness: np.ndarray, copies: np.ndarray) -> None:
        """Both are symmetric, `(n, n)`: numbers, and whether two are copies."""
        self.nearness, self.copies = nearness, copies
        self.compared: list[tuple[int, int]] = []

    def __repr__(self) -> str:
        return f"Verdicts({self.nearness!r}, {self.copies!r})"

    def thumbnails(self) -> np.ndarray:
        numbers = np.arange(len(self.copies), dtype=np.uint8)
        return np.tile(numbers[:, None, None], (1, 64, 64))

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("describe", "find_candidates", "match_views", "compare"):
            monkeypatch.setattr(copy_search, name, getattr(self, name))

    def describe(self, thumbnails: np.ndarray) -> np.ndarray:
        return thumbnails[:, 0, 0].astype(int)

    def find_candidates(
        self,
        numbers: np.ndarray,
        count: int,
        least: float = 0.0,
        search: object = None,
        wanted: np.ndarray | None = None,
    ) -> pd.DataFrame:
        near = self.nearness[np.ix_(numbers, numbers)].astype(float)
        np.fill_diagonal(near, -np.inf)
        nearest = np.argsort(-near, axis=1, kind="stable")[:, : min(count, len(numbers) - 1)]
        asked = np.arange(len(numbers)) if wanted is None else np.flatnonzero(wanted)
        chosen = {(a, b) for a in asked.tolist() for b in nearest[a].tolist()}
        once = sorted((a, b) for a, b in chosen if a < b or (b, a) not in chosen)
        ends = np.array(once, dtype=np.int64).reshape(-1, 2)
        mutual = [(b, a) in chosen for a, b in once]
        table = self.match_views(numbers, ends[:, 0], ends[:, 1])
        return table.assign(mutual=np.array(mutual, dtype=bool))

    def match_views(self, numbers: np.ndarray, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"a": a, "b": b, "correlation": 0.9, "view": 0})

    def compare(
        self, thumbnails: np.ndarray, pairs: pd.DataFrame, least: float = 0.0
    ) -> np.ndarray:
        first, second = (thumbnails[pairs[end], 0, 0].astype(int) for end in ("a", "b"))
        ends = np.sort(np.stack([first, second], axis=1), axis=1)
        self.compared += map(tuple, ends.tolist())
        return np.where(self.copies[first, second], 0.95, np.nan).astype(np.float32)
