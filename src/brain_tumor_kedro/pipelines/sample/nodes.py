"""Nodes of the sample: phantoms in the sources' own formats."""

from typing import Any

import numpy as np

from brain_tumor_kedro.sample.collection import FigshareSlice
from brain_tumor_kedro.sample.sources import make_sources as make
from brain_tumor_kedro.sample.volumes import VolumeFiles
from brain_tumor_kedro.sample.volumes import make_volumes as make_phantom_volumes
from brain_tumor_kedro.tasks import PHANTOM

#: Where the phantoms' folds are written: in a place that says what they are.
FOLDS = f"{PHANTOM}_folds/cvind.mat"

FigshareFiles = dict[str, FigshareSlice | np.ndarray]


def make_sources(seed: int) -> tuple[FigshareFiles, dict[str, bytes], dict[str, Any]]:
    """Draw the phantoms and hand them on as the files of a Figshare and a Kaggle source."""
    sources = make(seed)
    return {**sources.figshare, FOLDS: sources.folds}, sources.kaggle, sources.planted


def make_volumes(seed: int) -> tuple[VolumeFiles, dict[str, Any]]:
    """Draw the phantom volumes and hand them on as the files of a BraTS source."""
    volumes = make_phantom_volumes(seed)
    return volumes.files, volumes.planted


def record_planted(images: dict[str, Any], volumes: dict[str, Any]) -> dict[str, Any]:
    """Put together what was planted in all sources; the volumes have a part of their own."""
    return {**images, "volumes": volumes}
