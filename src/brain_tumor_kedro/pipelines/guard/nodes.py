"""Nodes of the guard: what it flags, and what passes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.consistency import stamp_figures
from brain_tumor_kedro.assessment.guard_figures import plot_guard_examples, plot_guard_scores
from brain_tumor_kedro.assessment.guard_judging import judge_scores
from brain_tumor_kedro.assessment.guard_left_out import judge_left_out
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.imaging.manifest import kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.tasks import note_data

#: Pictures by name, as the classifier saw them.
Pictures = dict[str, np.ndarray]


def judge_guard(
    bundle: Path,
    images: np.ndarray,
    manifest: pd.DataFrame,
    reference_styles: pd.DataFrame,
    training_summary: dict[str, Any],
    settings: GuardSettings,
) -> tuple[pd.DataFrame, dict[str, Any], Pictures]:
    """Ask the bundle about good slices, foreign images and changed slices, and judge its guard."""
    from brain_tumor_kedro.serving.bundle import Bundle
    from brain_tumor_kedro.serving.guard_trial import require_guard, try_guard

    require_same_images(images, manifest)
    loaded = Bundle.load(bundle)
    facts = require_guard(loaded, training_summary["fingerprint"])
    rows = kept(manifest)
    left_out = judge_left_out(loaded.guard, reference_styles, rows, settings)
    scores, pictures = try_guard(loaded, images, rows, settings)
    found = judge_scores(scores, {**facts, "left_out": left_out}, settings)
    numbers = {**found, "fingerprint": training_summary["fingerprint"]}
    return scores, tracking.with_command(numbers), pictures


def plot_guard(
    guard_scores: pd.DataFrame,
    guard: dict[str, Any],
    guard_pictures: Pictures,
    training_summary: dict[str, Any],
) -> tuple[Figure, Figure]:
    """Draw the scores of every kind, and some images of each."""
    about = {
        "subtitle": f"recipe {training_summary['recipe_name']}",
        "data_note": note_data(training_summary["phantom"]),
    }
    figures = (
        plot_guard_scores(guard_scores, guard["threshold"], **about),
        plot_guard_examples(guard_scores, guard_pictures, **about),
    )
    stamp_figures(figures, training_summary["fingerprint"])
    return figures
