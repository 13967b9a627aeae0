"""Nodes of the curation of volumes: from cases to a manifest of slices, and packed images."""

import logging
import time
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.cohort_report import CAPTIONS, LIMITS
from brain_tumor_kedro.assessment.consistency import require_figure_of, stamp_figures
from brain_tumor_kedro.assessment.curation_report import render_curation_report
from brain_tumor_kedro.imaging import slice_stack
from brain_tumor_kedro.imaging.cohort import CohortSettings, find_excluded
from brain_tumor_kedro.imaging.cohort_flow import plot_flow
from brain_tumor_kedro.imaging.cohort_table import summarize_cohort
from brain_tumor_kedro.imaging.cohort_table import tabulate_cohort as tabulate
from brain_tumor_kedro.imaging.exploration import plot_splits
from brain_tumor_kedro.imaging.holdout import require_known_experts, require_known_sources
from brain_tumor_kedro.imaging.manifest import (
    check_manifest,
    explain_reasons,
    require_files,
    require_one_kind,
)
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.patient_figures import plot_patients
from brain_tumor_kedro.imaging.same_patients import require_usable
from brain_tumor_kedro.imaging.same_patients import select_cases as select
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.imaging.summary import summarize
from brain_tumor_kedro.imaging.volume_case import VolumeCase, VolumeSource
from brain_tumor_kedro.imaging.volume_masks import read_volume_masks
from brain_tumor_kedro.imaging.volume_sheet import choose_shown, plot_volume_samples
from brain_tumor_kedro.imaging.volumes import SliceSettings
from brain_tumor_kedro.pipelines.curation.nodes import note_settings, warn_of_missing_classes
from brain_tumor_kedro.tasks import TASKS, note_data

logger = logging.getLogger(__name__)

#: Cases that are left out are named one by one up to this many.
NAMED = 10


def list_cases(
    source: VolumeSource,
    exclude_cases: list[str],
    expert_sources: list[str],
    holdout_sources: list[str],
) -> tuple[list[VolumeCase], frozenset[str], list[str], float]:
    """Name every case, those dropped by hand, what must be known, and when curation began."""
    require_files([(source.cases, source.expected)])
    for note in source.notes:
        logger.warning("%s", note)
    cases = list(source.cases)
    require_one_kind(case.image_id for case in cases)
    found = {case.source for case in cases}
    require_known_sources(found, holdout_sources)
    require_known_experts(found, expert_sources)
    return cases, find_excluded(cases, exclude_cases), list(source.notes), time.time()


def inspect_cases(
    cases: list[VolumeCase],
    excluded: frozenset[str],
    cohort: CohortSettings,
    slices: SliceSettings,
    packing: PackingSettings,
    parallel: ParallelSettings,
    task: str,
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Read every case once: its slices and what was measured, or why it is rejected."""
    classes = TASKS[task].classes
    found = slice_stack.inspect_cases(cases, excluded, classes, cohort, slices, packing, parallel)
    _report_rejected(found[0])
    require_usable(found[0])
    return found


def select_cases(
    described: pd.DataFrame, cohort: CohortSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop identical scans, and all cases of a patient but one."""
    selected, same_scans = select(described, cohort)
    _report_rejected(selected[~selected["image_id"].isin(described["image_id"])])
    return selected, same_scans


def _report_rejected(manifest: pd.DataFrame) -> None:
    rows = manifest[manifest["status"] == "rejected"]
    for row in rows.head(NAMED).itertuples():
        logger.warning("%s is left out: %s, %s.", row.image_id, row.reason, row.detail)
    if len(rows) > NAMED:
        logger.warning("%s more cases are left out; see the cohort.", len(rows) - NAMED)


def pack_slices(
    checked_manifest: pd.DataFrame, stack: np.ndarray, started: float
) -> tuple[np.ndarray, pd.DataFrame, float]:
    """Pack the slices of the kept cases, number their rows, and say how long it took to here."""
    images, manifest = slice_stack.pack_slices(checked_manifest, stack)
    return images, check_manifest(manifest), round(time.time() - started, 1)


def tabulate_cohort(manifest: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """List all cases with what was measured, and why others are out."""
    return tabulate(manifest, measures)


def summarize_curation(
    manifest: pd.DataFrame,
    cohort: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    crossings: pd.DataFrame,
    split: SplitSettings,
    inclusion: CohortSettings,
    slices: SliceSettings,
    packing: PackingSettings,
    exclude_cases: list[str],
    expert_sources: list[str],
    holdout_sources: list[str],
    notes: list[str],
    seconds: float,
    task: str,
) -> dict[str, Any]:
    """Count what came in, what was kept, and how many patients lie in every split."""
    counted = summarize_cohort(manifest, cohort, TASKS[task].classes)
    summary = summarize(manifest, similar_pairs, crossings, split.strategy) | counted
    warn_of_missing_classes(summary["splits"]["train"], task)
    logger.info(
        "Kept %s slices of %s of %s cases.", summary["slices"], summary["kept"], summary["found"]
    )
    asked = {
        "split": split,
        "cohort": inclusion,
        "slices": slices,
        "packing": packing,
        "exclude_cases": exclude_cases,
        "expert_sources": expert_sources,
        "holdout_sources": holdout_sources,
    }
    return {
        **summary,
        **note_settings(manifest, asked),
        "split": split.model_dump(),
        "cohort": inclusion.model_dump(),
        "slice_choice": slices.model_dump(),
        "notes": notes,
        # Scans are compared voxel by voxel: nothing is searched by likeness, no source outranks.
        "similarity": {},
        "expert_sources": [],
        "seconds": seconds,
        **tracking.describe_run(),
    }


def plot_cohort(
    manifest: pd.DataFrame,
    cohort: pd.DataFrame,
    images: np.ndarray,
    cases: list[VolumeCase],
    curation_summary: dict[str, Any],
    inclusion: CohortSettings,
    task: str,
) -> tuple[Figure, Figure, Figure, Figure]:
    """Draw the flow of the cohort, samples of every class, what patients give, and the splits."""
    classes, note = TASKS[task].classes, note_data(curation_summary["phantom"])
    shown = choose_shown(manifest, cohort, classes)
    masks = read_volume_masks(shown, cases, images.shape[1])
    outlines = dict(zip(masks.image_ids, masks.masks, strict=True))
    figures = (
        plot_flow(manifest, cohort, classes, data_note=note),
        plot_volume_samples(
            images, manifest, shown, outlines, classes, inclusion.channels, data_note=note
        ),
        plot_patients(cohort, classes, data_note=note),
        plot_splits(manifest, classes, "Kept slices per class and split", "Slices", note),
    )
    stamp_figures(figures, curation_summary["manifest_digest"])
    return figures


def write_report(
    curation_summary: dict[str, Any], label_conflicts: pd.DataFrame, task: str, **figures: bytes
) -> str:
    """Write down in one page which cases came in, which were kept, and how they were split."""
    for name, png in figures.items():
        require_figure_of(name, png, curation_summary["manifest_digest"])
    return render_curation_report(
        summary=curation_summary,
        conflicts=label_conflicts,
        figures={name: (png, CAPTIONS[name]) for name, png in figures.items()},
        reasons=explain_reasons(curation_summary.get("counted")),
        classes=TASKS[task].classes,
        title="Brain tumor volumes: curation report",
        limits=LIMITS,
    )
