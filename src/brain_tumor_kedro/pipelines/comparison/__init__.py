"""Comparison: two runs in, whether one is better out."""

from brain_tumor_kedro.pipelines.comparison.pipeline import create_pipeline

__all__ = ["create_pipeline"]
