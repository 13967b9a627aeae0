"""Curation: sources in, one manifest and packed images out."""

from brain_tumor_kedro.pipelines.curation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
