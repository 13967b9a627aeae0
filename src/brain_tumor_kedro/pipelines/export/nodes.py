"""Nodes of export: from the manifest and the sources to a folder for others."""

import logging
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.consistency import require_same_data
from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging import export as exports
from brain_tumor_kedro.imaging.data_card import ExportSettings, list_unlicensed, render_data_card
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.imaging.parallel import ParallelSettings

logger = logging.getLogger(__name__)


def list_exported(
    manifest: pd.DataFrame,
    atlas: pd.DataFrame,
    images: np.ndarray,
    curation_summary: dict[str, Any],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List what is exported and what is left out, of one curation that was not interrupted."""
    require_same_data(curation_summary, digest_manifest(manifest))
    require_same_images(images, manifest)
    return exports.list_exported(manifest, atlas), exports.list_left_out(manifest, atlas)


def write_data_card(
    exported: pd.DataFrame, curation_summary: dict[str, Any], settings: ExportSettings
) -> str:
    """Say what is in the export, where it comes from and how it was made."""
    unlicensed = list_unlicensed(exported, settings)
    if unlicensed and not curation_summary["phantom"]:
        logger.warning(
            "No license is recorded for %s: check before you publish the export, and write it "
            "into conf/base/parameters_export.yml.", ", ".join(unlicensed),
        )  # fmt: skip
    tracking.log_tags({"manifest_digest": curation_summary["manifest_digest"]})
    return render_data_card(exported, curation_summary, settings, tracking.describe_run())


def export_images(
    exported: pd.DataFrame,
    left_out: pd.DataFrame,
    data_card: str,
    images: np.ndarray,
    figshare: Source,
    kaggle: Source,
    settings: ExportSettings,
    parallel: ParallelSettings,
) -> exports.Export:
    """Put the export together; its images are made one by one as they are written."""
    if settings.images == "packed":
        encode = partial(exports.encode_packed, exported, images, parallel)
    else:
        files = [*figshare.files, *kaggle.files]
        encode = partial(exports.encode_originals, exported, files, parallel)
    return exports.Export(exported, left_out, data_card, encode)
