"""Training: packed images in, a trained classifier out."""

from brain_tumor_kedro.pipelines.training.pipeline import create_pipeline

__all__ = ["create_pipeline"]
