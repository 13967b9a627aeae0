"""Robustness: a classifier and its test images in, what breaks it and what misleads it out."""

from brain_tumor_kedro.pipelines.robustness.pipeline import create_pipeline

__all__ = ["create_pipeline"]
