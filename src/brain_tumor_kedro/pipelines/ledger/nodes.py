"""Nodes of the ledger: published figures against their own arithmetic."""

import logging
from collections.abc import Sequence

import pandas as pd

from brain_tumor_kedro.studies.ledger import check_studies, write_ledger

logger = logging.getLogger(__name__)


def check_ledger(studies: Sequence[str]) -> pd.DataFrame:
    """Check every published claim of the studies, and print what became of it."""
    ledger = check_studies(studies)
    logger.info("What was published, and whether it can be true\n\n%s", write_ledger(ledger))
    return ledger
