"""Nodes of comparison: two runs on the same images."""

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.comparison import ComparisonSettings, compare_runs
from brain_tumor_kedro.assessment.consistency import stamp_figures
from brain_tumor_kedro.assessment.forest import plot_differences
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.datasets.newest_file import find_newest
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.tasks import PHANTOM, TASKS, note_data

logger = logging.getLogger(__name__)


def load_other_predictions(settings: ComparisonSettings, task: str) -> pd.DataFrame:
    """Read the predictions of another run, from its folder or from MLflow."""
    path = find_newest(settings.named(), f"07_model_output/{task}/predictions.parquet")
    if path is not None:
        return pd.read_parquet(path)
    return tracking.load_table(settings.named(), "evaluation/predictions.parquet")


def compare_predictions(
    predictions: pd.DataFrame,
    other_predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    settings: ComparisonSettings,
    resampling: ResamplingSettings,
    task: str,
) -> tuple[dict[str, Any], pd.DataFrame, Figure]:
    """Compare the newest predictions with those of another run."""
    about = (kept(manifest), TASKS[task], settings.splits, resampling)
    table, summary = compare_runs(predictions, other_predictions, *about)
    tracking.log_tags({"compared_with": settings.named(), "fingerprint": summary["fingerprint"]})
    logger.info(summary["sentence"])
    phantom = predictions["image_id"].str.contains(PHANTOM).any()
    return {**summary, "with": settings.named()}, table, _plot(summary, bool(phantom))


def _plot(summary: dict[str, Any], phantom: bool) -> Figure:
    splits = {split["split"]: split for split in summary["splits"]}
    split = splits.get("test", summary["splits"][0])
    title = f"This run minus the other, {split['split']} split, n = {split['n']:,}"
    subtitle = f"95% intervals from {summary['draws']:,} draws of {split['groups']:,} groups"
    figure = plot_differences(split["scores"], title, subtitle, note_data(phantom))
    stamp_figures([figure], str(summary["fingerprint"]))
    return figure
