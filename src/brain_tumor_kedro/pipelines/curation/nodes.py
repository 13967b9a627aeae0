"""Nodes of curation: from files to a manifest, packed images and what was found."""

import logging
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.consistency import require_figure_of, stamp_figures
from brain_tumor_kedro.assessment.curation_report import CAPTIONS, render_curation_report
from brain_tumor_kedro.datasets.figshare_dataset import SOURCE as FIGSHARE
from brain_tumor_kedro.datasets.source import Source, SourceFile
from brain_tumor_kedro.imaging import atlas as atlases
from brain_tumor_kedro.imaging.conflict_sheet import plot_conflicts
from brain_tumor_kedro.imaging.conflicts import tabulate_conflicts
from brain_tumor_kedro.imaging.contact_sheets import plot_samples
from brain_tumor_kedro.imaging.copy_examples import choose_copies
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.copy_sheet import plot_copies
from brain_tumor_kedro.imaging.duplicates import reject_conflicts, reject_copies
from brain_tumor_kedro.imaging.exploration import plot_sizes, plot_sources, plot_splits
from brain_tumor_kedro.imaging.folds import assign_folds
from brain_tumor_kedro.imaging.grouping import group_images
from brain_tumor_kedro.imaging.holdout import (
    reject_beside_folds,
    reject_held_out_copies,
    reject_overlap,
    require_known_experts,
    require_known_sources,
)
from brain_tumor_kedro.imaging.leakage import require_no_leakage
from brain_tumor_kedro.imaging.manifest import (
    REASONS,
    build_manifest,
    check_manifest,
    require_files,
    require_one_kind,
)
from brain_tumor_kedro.imaging.outliers import OutlierSettings
from brain_tumor_kedro.imaging.outliers import flag_outliers as flag
from brain_tumor_kedro.imaging.overlaps import count_overlaps, plot_overlaps
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.packing import pack_images as pack
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.quality import inspect_file
from brain_tumor_kedro.imaging.similar_pairs import find_similar_pairs
from brain_tumor_kedro.imaging.similarity import THUMBNAIL_SIDE
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.imaging.splitting import split_images as split
from brain_tumor_kedro.imaging.summary import summarize
from brain_tumor_kedro.tasks import TASKS, note_data

logger = logging.getLogger(__name__)


def list_files(
    figshare: Source, kaggle: Source, expert_sources: list[str], holdout_sources: list[str]
) -> tuple[list[SourceFile], list[str], float]:
    """Name every file of the sources, what must be known of them, and when curation began."""
    sources = [figshare, kaggle]
    empty = require_files([(source.files, source.expected) for source in sources])
    notes = [f"A source is empty and left out. {expected}" for expected in empty]
    notes += [note for source in sources for note in source.notes]
    for note in notes:
        logger.warning("%s", note)
    files = [file for source in sources for file in source.files]
    require_one_kind(file.image_id for file in files)
    found = {file.source for file in files}
    require_known_sources(found, holdout_sources)
    # Figshare is trusted by default, and may be empty.
    require_known_experts(found | {FIGSHARE}, expert_sources)
    return files, notes, time.time()


def inspect_files(
    files: list[SourceFile], parallel: ParallelSettings
) -> tuple[pd.DataFrame, np.ndarray]:
    """Read every file once: what it holds, or why it is rejected, and its thumbnail."""
    in_order = sorted(files, key=lambda file: file.image_id)
    rows, thumbnails = [], np.empty((len(in_order), THUMBNAIL_SIDE, THUMBNAIL_SIDE), np.uint8)
    for place, found in enumerate(map_files(inspect_file, in_order, parallel, "Reading images")):
        rows.append(found.row)
        thumbnails[place] = found.thumbnail
    return build_manifest(rows), thumbnails


def flag_outliers(
    described: pd.DataFrame, thumbnails: np.ndarray, outliers: OutlierSettings
) -> pd.DataFrame:
    """Flag what may be no brain slice, for a person to look at."""
    inspected = check_manifest(flag(described, thumbnails, outliers))
    flagged = inspected.loc[inspected["flag"].notna(), "image_id"]
    if len(flagged):
        logger.warning(
            "%s images are unlike the others and may show no brain slice (flag non_brain in the "
            "manifest); none is rejected for it. For example %s", len(flagged), flagged.iloc[0],
        )  # fmt: skip
    return inspected


def find_copies(
    inspected: pd.DataFrame,
    thumbnails: np.ndarray,
    similarity: SimilaritySettings,
    expert_sources: list[str],
    holdout_sources: list[str],
) -> pd.DataFrame:
    """Find every pair of copies and relatives."""
    return find_similar_pairs(inspected, thumbnails, similarity, holdout_sources, expert_sources)


def drop_copies(
    inspected: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    expert_sources: list[str],
    holdout_sources: list[str],
) -> pd.DataFrame:
    """Settle label conflicts, then keep the best of all copies."""
    settled = reject_conflicts(inspected, similar_pairs, expert_sources, holdout_sources)
    left = reject_copies(settled, similar_pairs, holdout_sources, expert_sources)
    return reject_held_out_copies(left, similar_pairs, holdout_sources)


def split_images(
    deduplicated: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    previous_manifests: pd.DataFrame,
    settings: SplitSettings,
    holdout_sources: list[str],
) -> pd.DataFrame:
    """Group what belongs together, set held-out sources apart and deal the groups out."""
    grouped = group_images(deduplicated, similar_pairs, holdout_sources)
    apart = reject_overlap(grouped, similar_pairs, holdout_sources)
    if settings.strategy == "published_fold":
        judged = (settings.test_fold, settings.val_fold)
        apart = reject_beside_folds(apart, similar_pairs, judged, holdout_sources)
    dealt = split(apart, previous_manifests, settings, holdout_sources)
    manifest = check_manifest(assign_folds(dealt, settings.folds, settings.seed))
    # Later runs read from it whether these splits bind them.
    manifest.attrs["split"] = settings.model_dump() | {"holdout_sources": holdout_sources}
    manifest.attrs["earlier_manifests"] = len(previous_manifests.attrs.get("versions", []))
    return manifest


def check_leakage(
    split_manifest: pd.DataFrame, similar_pairs: pd.DataFrame, settings: SplitSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stop the run where anything crosses the splits; hand the manifest on where nothing does."""
    crossings = require_no_leakage(split_manifest, similar_pairs, settings.strategy)
    return split_manifest, crossings


def pack_images(
    checked_manifest: pd.DataFrame,
    files: list[SourceFile],
    packing: PackingSettings,
    parallel: ParallelSettings,
    started: float,
) -> tuple[np.ndarray, pd.DataFrame, float]:
    """Pack the kept images, number their rows, and say how long it took to here."""
    images, manifest = pack(checked_manifest, files, packing, parallel)
    return images, check_manifest(manifest), round(time.time() - started, 1)


def draw_up_atlas(manifest: pd.DataFrame, similar_pairs: pd.DataFrame) -> pd.DataFrame:
    """Say which picture every file shows, and whose it is where a copy knows."""
    return atlases.draw_up_atlas(manifest, similar_pairs)


def summarize_curation(
    manifest: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    atlas: pd.DataFrame,
    crossings: pd.DataFrame,
    settings: SplitSettings,
    holdout_sources: list[str],
    notes: list[str],
    similarity: SimilaritySettings,
    expert_sources: list[str],
    outliers: OutlierSettings,
    packing: PackingSettings,
    seconds: float,
    task: str,
) -> dict[str, Any]:
    """Count what came in, what was kept and what the published collections hide."""
    summary = summarize(manifest, similar_pairs, crossings, settings.strategy, holdout_sources)
    warn_of_missing_classes(summary["splits"]["train"], task)
    logger.info("Kept %s of %s images.", summary["kept"], summary["found"])
    asked = {
        "split": settings,
        "holdout_sources": holdout_sources,
        "similarity": similarity,
        "expert_sources": expert_sources,
        "outliers": outliers,
        "packing": packing,
    }
    return {
        **summary,
        **note_settings(manifest, asked),
        "atlas": atlases.summarize_atlas(atlas, TASKS[task].positive),
        "split": settings.model_dump(),
        "notes": notes,
        "similarity": similarity.model_dump(),
        "expert_sources": expert_sources,
        "seconds": seconds,
        **tracking.describe_run(),
    }


def note_settings(manifest: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Note all that a curation was asked for, by which it can be done again."""
    plain = {
        name: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        for name, value in settings.items()
    }
    return {"settings": plain, "earlier_manifests": manifest.attrs.get("earlier_manifests")}


def warn_of_missing_classes(trained: dict[str, int], task: str) -> None:
    """Say which classes have no image to train on."""
    if missing := [label for label in TASKS[task].classes if label not in trained]:
        logger.warning(
            "No image of %s was kept to train on: training needs every class.", ", ".join(missing)
        )


def plot_data(
    manifest: pd.DataFrame, images: np.ndarray, curation_summary: dict[str, Any], task: str
) -> tuple[Figure, Figure, Figure, Figure]:
    """Draw the classes of every split and source, the sizes, and samples of every class."""
    classes, note = TASKS[task].classes, note_data(curation_summary["phantom"])
    figures = (
        plot_splits(manifest, classes, data_note=note),
        plot_sources(manifest, classes, data_note=note),
        plot_sizes(manifest, data_note=note),
        plot_samples(images, manifest, classes, data_note=note),
    )
    stamp_figures(figures, curation_summary["manifest_digest"])
    return figures


def list_conflicts(
    manifest: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    expert_sources: list[str],
    holdout_sources: list[str],
    curation_summary: dict[str, Any],
) -> pd.DataFrame:
    """List the copies whose labels differ, with the rule's decision and the data set's digest."""
    conflicts = tabulate_conflicts(manifest, similar_pairs, expert_sources, holdout_sources)
    return conflicts.assign(manifest_digest=curation_summary["manifest_digest"])


def plot_comparisons(
    manifest: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    label_conflicts: pd.DataFrame,
    files: list[SourceFile],
    curation_summary: dict[str, Any],
) -> tuple[Figure, Figure, Figure]:
    """Draw what the sources share: how many slices, examples of copies, and label conflicts."""
    note = note_data(curation_summary["phantom"])
    examples, left_out = choose_copies(manifest, similar_pairs, files)
    figures = (
        plot_overlaps(count_overlaps(manifest, similar_pairs), data_note=note),
        plot_copies(examples, left_out, data_note=note),
        plot_conflicts(label_conflicts, files, data_note=note),
    )
    stamp_figures(figures, curation_summary["manifest_digest"])
    return figures


def write_report(
    curation_summary: dict[str, Any], label_conflicts: pd.DataFrame, task: str, **figures: bytes
) -> str:
    """Write down in one page what came in, what was kept, and what the collections hide."""
    for name, png in figures.items():
        require_figure_of(name, png, curation_summary["manifest_digest"])
    return render_curation_report(
        summary=curation_summary,
        conflicts=label_conflicts,
        figures={name: (png, CAPTIONS[name]) for name, png in figures.items()},
        reasons=REASONS,
        classes=TASKS[task].classes,
    )
