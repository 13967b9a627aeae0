"""Nodes of studies: from a curated data set to a table of trainings and their scores."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.aggregation import Aggregation
from brain_tumor_kedro.assessment.consistency import require_same_data
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipes
from brain_tumor_kedro.pipelines.study.running import StudyRun
from brain_tumor_kedro.pipelines.study.scoring import CellScorer, check_strategies
from brain_tumor_kedro.studies.results import find_best
from brain_tumor_kedro.studies.search_space import Studies, StudySettings

logger = logging.getLogger(__name__)


def choose_study(name: str, studies: Studies) -> StudySettings:
    """Pick the study that is run."""
    settings = studies.choose(name)
    check_strategies(settings)
    return settings


def run_study(
    images: np.ndarray,
    manifest: pd.DataFrame,
    curation_summary: dict[str, Any],
    settings: StudySettings,
    name: str,
    recipes: Recipes,
    compute: Compute,
    pretrained: Pretrained,
    aggregation: Aggregation,
    pooling: AttentionPooling,
    folder: Path,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train every cell that is not finished, and tabulate all of them with their scores."""
    require_same_data(curation_summary, digest_manifest(manifest))
    require_same_images(images, manifest)
    scorer = CellScorer(manifest, settings, aggregation, pooling)
    run = StudyRun(name, settings, images, manifest, recipes, compute, pretrained, scorer, folder)
    return run.work_off()


def choose_best(
    settings: StudySettings, cells: pd.DataFrame, cell_scores: pd.DataFrame
) -> dict[str, Any]:
    """Name what is best on validation, with its test scores beside."""
    best = find_best(settings, cells, cell_scores)
    if best["point"] is None:
        logger.warning("No cell of the study has a %(strategy)s %(metric)s on validation", best)
    else:
        logger.info("Best by %(strategy)s %(metric)s on validation: %(point)s", best)
    return best
