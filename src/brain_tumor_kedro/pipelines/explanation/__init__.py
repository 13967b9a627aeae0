"""Explanation: predictions in, where the classifier looks and whether that is the tumor out."""

from brain_tumor_kedro.pipelines.explanation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
