"""Nodes of the sample: phantoms in the sources' own formats."""

from typing import Any

from brain_tumor_kedro.sample.collection import FigshareSlice
from brain_tumor_kedro.sample.sources import make_sources as make


def make_sources(seed: int) -> tuple[dict[str, FigshareSlice], dict[str, bytes], dict[str, Any]]:
    """Draw the phantoms and hand them on as the files of a Figshare and a Kaggle source."""
    sources = make(seed)
    return sources.figshare, sources.kaggle, sources.planted
