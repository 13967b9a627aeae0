"""Ledger: what studies have published, and whether it can be true."""

from brain_tumor_kedro.pipelines.ledger.pipeline import create_pipeline

__all__ = ["create_pipeline"]
