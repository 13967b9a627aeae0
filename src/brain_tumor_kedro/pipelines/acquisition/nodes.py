"""Nodes of acquisition: fetch what is missing, and insist on the whole."""

from pathlib import Path
from typing import Any

from brain_tumor_kedro.acquisition.acquire import acquire, require_complete
from brain_tumor_kedro.acquisition.collection import AcquisitionSettings


def acquire_sources(raw_folder: Path, acquisition: AcquisitionSettings) -> dict[str, Any]:
    """Fetch, check and unpack every source that is not there; record what is there and what not."""
    return acquire(acquisition, raw_folder)


def check_acquired(acquired: dict[str, Any]) -> None:
    """Stop where a source is missing, once the others are recorded."""
    require_complete(acquired)
