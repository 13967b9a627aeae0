"""The training images themselves, where the data that a model was trained on are at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.guard import Guard
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import hash_packed

#: Where the catalog keeps them below a `data_dir`, in folders named by their versions.
MANIFEST = "03_primary/{task}/manifest.parquet"
IMAGES = "05_model_input/{task}/images.npy"

#: How many are shown.
COUNT = 3


@dataclass(frozen=True)
class TrainingImages:
    """Packed images and what is known of them.

    Attributes:
        rows: Kept images by `image_id`: `source`, `label`, `row`, `packed_hash`.
        images: `(n, side, side)` or `(n, side, side, 3)` uint8, mapped into memory.
    """

    rows: pd.DataFrame
    images: np.ndarray


@dataclass(frozen=True)
class Neighbor:
    """A training image near to one that is shown.

    Attributes:
        image_id: Of the manifest.
        distance: Cosine distance of the classifier's features, 0 to 2.
        source: Where it is from; None where the images are not at hand, like the next two.
        label: Its class.
        image: As it was packed.
    """

    image_id: str
    distance: float
    source: str | None = None
    label: str | None = None
    image: np.ndarray | None = None


def find_training_images(data_dir: Path, task: str, digest: str) -> TrainingImages | None:
    """Look for the images of a manifest among the versions of a `data_dir`.

    Args:
        data_dir: Of runs.
        task: The task's name.
        digest: Of the manifest that a classifier was trained on.

    Returns:
        The images; None where no version there is of that manifest.
    """
    folder = data_dir / MANIFEST.format(task=task)
    for path in sorted(folder.glob("*/manifest.parquet"), reverse=True):
        images = data_dir / IMAGES.format(task=task) / path.parent.name / "images.npy"
        manifest = _read(path)
        if manifest is not None and images.is_file() and digest_manifest(manifest) == digest:
            rows = kept(manifest).set_index("image_id")
            return TrainingImages(rows, np.load(images, mmap_mode="r", allow_pickle=False))
    return None


def _read(path: Path) -> pd.DataFrame | None:
    """A manifest, or None where the file is broken or of another kind."""
    try:
        manifest = pd.read_parquet(path)
    except (OSError, ValueError):
        return None
    return manifest if {"status", "packed_hash", "split", "row"} <= {*manifest.columns} else None


def find_neighbors(
    guard: Guard, features: np.ndarray, label: str, known: TrainingImages | None
) -> list[Neighbor]:
    """Find the training images of a class that are nearest to an image.

    Args:
        guard: Fitted on the training images.
        features: Of the image, `(f,)` float32.
        label: The class.
        known: The images, where they are at hand.

    Returns:
        At most `COUNT`, the nearest first.
    """
    places, distances = guard.neighbors(features[None], labels=[label], count=COUNT)
    found = zip(places[0], distances[0], strict=True)
    near = [(str(guard.image_ids[p]), float(d)) for p, d in found if p >= 0 and np.isfinite(d)]
    return list(_show(near, known))


def _show(near: list[tuple[str, float]], known: TrainingImages | None) -> Iterator[Neighbor]:
    for image_id, distance in near:
        if known is None or image_id not in known.rows.index:
            yield Neighbor(image_id, distance)
            continue
        row = known.rows.loc[image_id].to_dict()
        image = np.asarray(known.images[int(row["row"])])
        # Images packed anew by a run that was interrupted would show another patient.
        same = hash_packed(image) == row["packed_hash"]
        yield Neighbor(image_id, distance, row["source"], row["label"], image if same else None)
