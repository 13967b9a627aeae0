"""The trial of a guard: good slices, foreign images and changed slices, answered like any other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from brain_tumor_kedro.assessment.guard_judging import (
    CHANGED,
    DECEIVING,
    FOREIGN,
    GIVEN,
    GOOD,
    HARMLESS,
    NEAR,
)
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.assessment.spread_sample import spread_sample
from brain_tumor_kedro.datasets.image_collection_dataset import ImageCollection
from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.imaging import changed
from brain_tumor_kedro.imaging.harmless import HARMLESS as HARMLESS_KINDS
from brain_tumor_kedro.sample import foreign
from brain_tumor_kedro.sample.foreign_deceptions import DECEPTIONS
from brain_tumor_kedro.serving.answers import Answer, Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.showing import show_file

#: Splits whose images are good ones that the guard was not fitted on.
JUDGED = ("val", "test", "external")

#: The kind that is near to slices, and no stranger to a classifier of phantoms.
PHANTOM_HEAD = "head_phantom"

#: Images of each kind that are kept to be shown.
SHOWN = 3


@dataclass(frozen=True)
class Trial:
    """One image that the guard is tried on.

    Attributes:
        facts: `kind`, `family`, `image`, `group`, and of slices `source` and `label`.
        shown: The image.
    """

    facts: dict[str, Any]
    shown: Shown


def require_guard(bundle: Bundle, fingerprint: str) -> dict[str, Any]:
    """State the threshold of a bundle's guard.

    Args:
        bundle: To be judged.
        fingerprint: Of the classifier that it should hold.

    Returns:
        `threshold`, `level` and `val_images` of its guard, and whether it is of `phantom` data.

    Raises:
        ValueError: The bundle is of another classifier, or has no guard.
    """
    again = "Register anew: kedro run --pipelines registration"
    if bundle.facts.fingerprint != fingerprint:
        raise ValueError(f"The bundle is not of the classifier that was trained last. {again}")
    if bundle.guard is None:
        raise ValueError(f"The bundle has no guard: an older version made it. {again}")
    facts = {name: getattr(bundle.guard, name) for name in ("threshold", "level", "val_images")}
    return facts | {"phantom": bundle.facts.phantom}


def try_guard(
    bundle: Bundle, images: np.ndarray, manifest: pd.DataFrame, settings: GuardSettings
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Ask a bundle about images that it should know, and about others.

    Args:
        bundle: With its guard.
        images: Packed, `uint8` `(n, side, side)` or `(n, side, side, 3)`.
        manifest: Kept images: `image_id`, `source`, `label`, `split`, `group_id`, `row`.
        settings: How many, and from where.

    Returns:
        A row for each image: see `guard_judging.COLUMNS`; and by name some of the images as the
        classifier saw them.

    Raises:
        ValueError: The folder of images of one's own is none, or has no image.
    """
    answerer = Answerer(bundle, AnswerSettings(level=bundle.facts.levels[0]))
    trials = _gather(bundle, images, manifest, settings)
    facts: list[dict[str, Any]] = []
    answers = answerer.answer(_remember(trials, facts))
    rows, pictures, seen = list[dict[str, Any]](), dict[str, np.ndarray](), dict[str, int]()
    for number, answer in enumerate(answers):
        row = facts[number] | _tell(answer, bundle.facts.classes)
        rows.append(row)
        count = seen[row["kind"]] = seen.get(row["kind"], 0) + 1
        if answer.packed is not None and count <= SHOWN:
            pictures[row["image"]] = answer.packed
    return pd.DataFrame(rows), pictures


def _gather(
    bundle: Bundle, images: np.ndarray, manifest: pd.DataFrame, settings: GuardSettings
) -> Iterator[Trial]:
    good = manifest[manifest["split"].isin(JUDGED)]
    yield from _show_slices(images, good)
    yield from _draw_strangers(bundle, settings)
    split = "test" if "test" in set(good["split"]) else None
    own = good if split is None else good[good["split"] == split]
    yield from _change_slices(images, own, settings)
    if settings.foreign_dir is not None:
        yield from _read_folder(Path(settings.foreign_dir), len(bundle.facts.channels))


def _show_slices(images: np.ndarray, rows: pd.DataFrame) -> Iterator[Trial]:
    for row in rows.itertuples():
        facts = _name_slice(row, str(row.split), GOOD)
        yield Trial(facts, _show(facts["image"], np.asarray(images[int(row.row)])))  # type: ignore[arg-type]


def _change_slices(
    images: np.ndarray, rows: pd.DataFrame, settings: GuardSettings
) -> Iterator[Trial]:
    if rows.empty:
        return
    families = {FOREIGN: changed.RUINED, CHANGED: changed.CHANGED, HARMLESS: HARMLESS_KINDS}
    for family, kind in ((family, kind) for family, kinds in families.items() for kind in kinds):
        count = settings.slices if family == HARMLESS else settings.strangers
        for row in spread_sample(rows, ["label"], count, settings.seed).itertuples():
            facts = _name_slice(row, kind, family)
            number = int(row.row)  # type: ignore[arg-type]
            pixels = changed.change(images[number], kind, (settings.seed, number))
            yield Trial(facts, _show(facts["image"], pixels))


def _name_slice(row: Any, kind: str, family: str) -> dict[str, Any]:
    name = row.image_id if family == GOOD else f"{kind}/{row.image_id}"
    known = {"source": row.source, "label": row.label, "group": row.group_id}
    return {"kind": kind, "family": family, "image": name, **known}


def _draw_strangers(bundle: Bundle, settings: GuardSettings) -> Iterator[Trial]:
    for kind in foreign.KINDS:
        if kind == PHANTOM_HEAD and bundle.facts.phantom:
            continue  # to this classifier it is none
        family = NEAR if kind == PHANTOM_HEAD else DECEIVING if kind in DECEPTIONS else FOREIGN
        for number in range(settings.strangers):
            drawn = foreign.draw_stranger(kind, number, settings.seed)
            facts = {"kind": kind, "family": family, "image": drawn.name, "group": drawn.group}
            pixels = _with_channels(drawn.pixels, len(bundle.facts.channels))
            yield Trial(facts, _show(drawn.name, pixels))


def _read_folder(folder: Path, channels: int) -> Iterator[Trial]:
    if not folder.is_dir():
        raise ValueError(f"Expected a folder of images as guard.foreign_dir, found none: {folder}")
    found = False
    for file in ImageCollection(folder, ""):
        kind = f"given: {Path(file.file).parent.as_posix()}" if "/" in file.file else "given"
        for shown in show_file(file.file, file.path.read_bytes()):
            if shown.picture is None:
                continue
            found = True
            name = file.file if shown.frame is None else f"{file.file}#{shown.frame}"
            pixels = _with_channels(shown.picture.pixels, channels)
            facts = {"kind": kind, "family": GIVEN, "image": name, "group": f"given/{file.file}"}
            yield Trial(facts, _show(name, pixels))
    if not found:
        raise ValueError(f"Expected images below guard.foreign_dir, found none in {folder}.")


def _with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """What a reader of several sequences would be given by mistake: the same picture in all."""
    if not channels or pixels.dtype != np.uint8:
        return pixels
    gray = pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels[..., :3]).convert("L"))
    return np.stack([gray] * channels, axis=-1)


def _show(name: str, pixels: np.ndarray) -> Shown:
    mode = "L" if pixels.ndim == 2 else "RGB"
    return Shown(name, None, Picture(pixels, mode))


def _remember(trials: Iterable[Trial], facts: list[dict[str, Any]]) -> Iterator[Shown]:
    for trial in trials:
        facts.append(trial.facts)
        yield trial.shown


def _tell(answer: Answer, classes: tuple[str, ...]) -> dict[str, Any]:
    row = answer.row
    known = row["label"] is not None
    return {
        "predicted": row["label"],
        "probability": max(row[f"p_{label}"] for label in classes) if known else None,
        "quality": row["quality"],
        "score": row["out_of_distribution_score"],
        "flagged": row["out_of_distribution"],
    }
