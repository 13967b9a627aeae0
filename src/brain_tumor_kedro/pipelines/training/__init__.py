"""Training: packed images in, a registered classifier out."""

from brain_tumor_kedro.pipelines.training.pipeline import create_pipeline

__all__ = ["create_pipeline"]
