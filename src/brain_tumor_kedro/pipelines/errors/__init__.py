"""Errors: the most confident mistakes, their neighbors in training, and likely wrong labels."""

from brain_tumor_kedro.pipelines.errors.pipeline import create_pipeline

__all__ = ["create_pipeline"]
