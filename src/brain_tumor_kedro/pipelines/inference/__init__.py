"""Inference: new images in, answers out."""

from brain_tumor_kedro.pipelines.inference.pipeline import create_pipeline

__all__ = ["create_pipeline"]
