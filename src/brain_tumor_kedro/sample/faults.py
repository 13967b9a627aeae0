"""Faults of published collections, planted on purpose: copies, label conflicts, broken files."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from brain_tumor_kedro.sample.collection import (
    ALPHA,
    BETA,
    Collection,
    File,
    KaggleSet,
    Split,
)
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice
from brain_tumor_kedro.sample.pictures import brightened, encode, shrunk, to_gray
from brain_tumor_kedro.tasks import PHANTOM

#: How a copy may differ from its original.
CHANGES = ("exact", "jpeg", "png", "resize", "gamma")


@dataclass(frozen=True)
class Copy:
    """A planted copy: two image ids and what was done, one of `CHANGES`."""

    original: str
    copy: str
    how: str


@dataclass(frozen=True)
class Route:
    """Where copies come from and go to.

    Attributes:
        origin: Data set copied from.
        origin_split: Published split copied from; None for all.
        home: Data set copied to.
        split: Published split copied to; None for mostly Training.
        share: Number of copies as a share of the files to choose from.
    """

    origin: str
    origin_split: Split | None
    home: KaggleSet
    split: Split | None
    share: float


#: In this order, so that a copy may be copied on, as happens among the published sets.
ROUTES = (
    Route("figshare", None, ALPHA, None, 0.18),
    Route("figshare", None, BETA, None, 0.05),
    Route(ALPHA.name, None, BETA, None, 0.18),
    Route(ALPHA.name, "Training", ALPHA, "Testing", 0.09),
    Route(BETA.name, "Training", BETA, "Testing", 0.06),
    Route(ALPHA.name, "Training", ALPHA, "Training", 0.05),
)


def plant_copies(collection: Collection, spared: set[str], rng: Generator) -> list[Copy]:
    """Copy slices between and within data sets, each under its own label.

    Args:
        collection: Receives the copies.
        spared: Image ids of files that are not to be copied.
        rng: Source of chance.

    Returns:
        What was copied.
    """
    planted = []
    for route in ROUTES:
        files = collection.of(route.origin, route.origin_split)
        candidates = [file for file in files if file.image_id not in spared]
        count = max(len(CHANGES), round(route.share * len(candidates)))
        chosen = rng.choice(len(candidates), min(count, len(candidates)), replace=False)
        hows = _changes(route.origin, len(chosen))
        for index, how in zip(chosen, hows, strict=True):
            original = candidates[index]
            split = route.split or draw_split(rng)
            planted.append(
                _plant(collection, original, how, route.home, split, original.label, rng)
            )
    return planted


def plant_conflicts(
    collection: Collection, rng: Generator
) -> tuple[list[Copy], list[dict[str, Any]]]:
    """Copy three slices under a wrong label: two within Kaggle, one from Figshare.

    Args:
        collection: Receives the copies; still without any other copies.
        rng: Source of chance.

    Returns:
        What was copied, and for each conflict `images` (image id to label) and `expert`
        (whether one of the labels is Figshare's).
    """
    plans = (
        (ALPHA.name, "glioma", ALPHA, "meningioma", "exact"),
        (ALPHA.name, "no_tumor", BETA, "pituitary", "jpeg"),
        ("figshare", "meningioma", ALPHA, "glioma", "resize"),
    )
    copies, conflicts = [], []
    for origin, label, home, wrong, how in plans:
        split: Split | None = None if origin == "figshare" else "Training"
        candidates = [file for file in collection.of(origin, split) if file.label == label]
        original = candidates[int(rng.integers(len(candidates)))]
        copy = _plant(collection, original, how, home, "Training", wrong, rng)
        copies.append(copy)
        images = {original.image_id: label, copy.copy: wrong}
        conflicts.append({"images": images, "expert": origin == "figshare"})
    return copies, conflicts


def plant_broken(collection: Collection, rng: Generator) -> dict[str, str]:
    """Add files that no curation may keep.

    Args:
        collection: Receives the files, all in Training.
        rng: Source of chance.

    Returns:
        The expected reason of rejection by image id.
    """
    strays = [Patient(f"{PHANTOM}_stray", "no_tumor", int(rng.integers(2**31))) for _ in range(3)]
    gray = [to_gray(draw_slice(stray, 0.0, 320).image) for stray in strays]
    whole = encode(gray[0], ".jpg")
    files = (
        (ALPHA, "glioma", whole[: len(whole) * 3 // 5], "unreadable"),
        (BETA, "pituitary", b"", "empty"),
        (BETA, "no_tumor", b"phantom: this is text, not a picture\n" * 40, "not_an_image"),
        (ALPHA, "no_tumor", encode(shrunk(gray[1], 12), ".jpg"), "too_small"),
        (ALPHA, "meningioma", encode(np.full((256, 256), 17, np.uint8), ".jpg"), "blank"),
        (BETA, "other", encode(gray[2], ".jpg"), "unknown_label"),
    )
    return {
        collection.add_picture(home, "Training", label, content, ".jpg").image_id: reason
        for home, label, content, reason in files
    }


def count_cross_split(collection: Collection) -> dict[str, dict[str, int]]:
    """Count test files whose slice, or whose patient, is in the same data set's Training too.

    Args:
        collection: The finished collection.

    Returns:
        By data set: `test` files, and of these `copied_from_train` and `patient_in_train`.
    """
    counts = {}
    for name in (ALPHA.name, BETA.name):
        train, test = collection.of(name, "Training"), collection.of(name, "Testing")
        slices = {file.slice_id for file in train}
        patients = {file.patient_id for file in train}
        counts[name] = {
            "test": len(test),
            "copied_from_train": sum(file.slice_id in slices for file in test),
            "patient_in_train": sum(file.patient_id in patients for file in test),
        }
    return counts


def draw_split(rng: Generator) -> Split:
    """Send one file in five to Testing, whoever the patient is, as published splits do."""
    return "Testing" if rng.random() < 0.2 else "Training"


def as_records(copies: Sequence[Copy]) -> list[dict[str, str]]:
    """List copies as plain mappings."""
    return [asdict(copy) for copy in copies]


def _changes(origin: str, count: int) -> list[str]:
    """Deal out the changes evenly; a `.mat` file has no exact copy among pictures."""
    changes = CHANGES[1:] if origin == "figshare" else CHANGES
    return [changes[i % len(changes)] for i in range(count)]


def _plant(
    collection: Collection,
    original: File,
    how: str,
    home: KaggleSet,
    split: Split,
    label: str,
    rng: Generator,
) -> Copy:
    content, suffix = _altered(original, how, rng)
    shows = (original.slice_id, original.patient_id)
    copy = collection.add_picture(home, split, label, content, suffix, shows)
    return Copy(original.image_id, copy.image_id, how)


def _altered(original: File, how: str, rng: Generator) -> tuple[bytes, str]:
    """Make the bytes of a copy, and tell the ending of its name."""
    quality, rgb = int(rng.integers(50, 86)), bool(rng.random() < 0.5)
    if how == "exact" and isinstance(original.content, bytes):
        return original.content, original.suffix
    gray = original.gray()
    if how == "png":
        return encode(gray, ".png", rgb=rgb), ".png"
    if how == "resize":
        widths = [width for width in (224, 256, 300, 450) if width != gray.shape[1]]
        gray = shrunk(gray, int(rng.choice(widths)))
    if how == "gamma":
        gamma, contrast = rng.choice([0.88, 0.93, 1.08, 1.14]), rng.uniform(0.85, 1.05)
        gray = brightened(gray, float(gamma), float(contrast))
    return encode(gray, ".jpg", quality, rgb), ".jpg"
