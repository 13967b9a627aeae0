"""Nodes of leakage: from a curated collection to the price of splitting it carelessly."""

import logging
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.consistency import require_same_data, stamp_figures
from brain_tumor_kedro.assessment.judging import (
    judge_parts,
    name_classifier,
    predict_with_neighbor,
    predict_with_probe,
)
from brain_tumor_kedro.assessment.leakage_figure import plot_price
from brain_tumor_kedro.assessment.leakage_price import tabulate_price
from brain_tumor_kedro.assessment.leakage_section import list_scores
from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.manifest import decoded, digest_manifest, is_phantom, kept
from brain_tumor_kedro.imaging.packing import PackingSettings, pack_decoded, require_same_images
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.protocol_settings import LeakageSettings
from brain_tumor_kedro.imaging.protocols import (
    Protocols,
    plan_protocols,
    require_same_pairs,
)
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)

#: The classifiers that need no more than features.
FROM_FEATURES = {"probe": predict_with_probe, "neighbor": predict_with_neighbor}


def part_images(
    manifest: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    curation_summary: dict[str, Any],
    expert_sources: list[str],
    split: SplitSettings,
    settings: LeakageSettings,
) -> Protocols:
    """Part the images as each protocol does, and say what was left out."""
    require_same_data(curation_summary, digest_manifest(manifest))
    require_same_pairs(manifest, similar_pairs)
    protocols = plan_protocols(manifest, similar_pairs, expert_sources, split, settings)
    for note in protocols.notes:
        logger.warning("%s", note)
    return protocols


def part_slices(
    manifest: pd.DataFrame,
    similar_pairs: pd.DataFrame,
    curation_summary: dict[str, Any],
    split: SplitSettings,
    settings: LeakageSettings,
) -> Protocols:
    """Part the slices that were cut of volumes: of a volume that was left out there are none."""
    require_same_data(curation_summary, digest_manifest(manifest))
    rows = kept(manifest)
    ends = similar_pairs[["image_a", "image_b"]].isin(set(rows["image_id"])).all(axis=1)
    protocols = plan_protocols(rows, similar_pairs[ends], [], split, settings)
    for note in protocols.notes:
        logger.warning("%s", note)
    return protocols


def take_packed(manifest: pd.DataFrame, images: np.ndarray) -> tuple[np.ndarray, pd.Series]:
    """Take the packed images as they are, and the row of each."""
    require_same_images(images, manifest)
    return images, kept(manifest).set_index("image_id")["row"].astype("int64")


def pack_files(
    manifest: pd.DataFrame,
    figshare: Source,
    kaggle: Source,
    recipe: Recipe,
    parallel: ParallelSettings,
) -> tuple[np.ndarray, pd.Series]:
    """Decode every file that shows a slice, rejected copies too, at the recipe's size."""
    files = [*figshare.files, *kaggle.files]
    return pack_decoded(manifest, files, PackingSettings(size=recipe.size), parallel)


def judge_protocols(
    protocols: Protocols,
    images: np.ndarray,
    rows: pd.Series,
    recipe: Recipe,
    settings: LeakageSettings,
    seed: int,
    compute: Compute,
    pretrained: Pretrained,
    task: str,
) -> pd.DataFrame:
    """Train and test the same classifier under every protocol."""
    from brain_tumor_kedro.modelling.features import compute_frozen_features
    from brain_tumor_kedro.modelling.retraining import predict_with_recipe

    parts = protocols.parts.assign(row=protocols.parts["image_id"].map(rows))
    classes = TASKS[task].classes
    if settings.classifier == "recipe":
        how = (recipe, images, classes, seed, compute, pretrained, TASKS[task].positive)
        return judge_parts(parts, partial(predict_with_recipe, *how))
    everything = np.arange(len(images))
    features = compute_frozen_features(recipe, images, everything, pretrained, seed)
    predict = FROM_FEATURES[settings.classifier]
    return judge_parts(parts, partial(predict, features, classes))


def tabulate_leakage(
    protocols: Protocols,
    judged: pd.DataFrame,
    manifest: pd.DataFrame,
    recipe: Recipe,
    name: str,
    settings: LeakageSettings,
    task: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every protocol, and note on which data, by which code and with what."""
    table = tabulate_price(protocols.parts, judged, TASKS[task].classes, settings.seed)
    rows = decoded(manifest).dropna(subset="pixel_hash")  # a volume has none, its slices have
    about: dict[str, Any] = {
        "manifest_digest": digest_manifest(manifest),
        "recipe": name,
        "classifier": name_classifier(settings.classifier, name, recipe.weights),
        "phantom": is_phantom(manifest),
        "unit": TASKS[task].unit,
        "images": len(rows),
        "sources": sorted(set(rows["source"])),
        "notes": list(protocols.notes),
        **settings.model_dump(mode="json", exclude={"classifier"}),
        **tracking.describe_run(),
    }
    table.attrs.update(about)
    tracking.log_tags({key: about[key] for key in ("manifest_digest", "phantom")})
    logger.info("%s\n%s", about["classifier"], "\n".join(list_scores(table)))
    return table, table


def plot_leakage(leakage: pd.DataFrame) -> Figure:
    """Draw the accuracy under every protocol."""
    figure = plot_price(leakage)
    stamp_figures([figure], leakage.attrs["manifest_digest"])
    return figure
