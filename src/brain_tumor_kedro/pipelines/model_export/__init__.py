"""Model export: the classifier in other formats, each held against the original."""

from brain_tumor_kedro.pipelines.model_export.pipeline import create_pipeline

__all__ = ["create_pipeline"]
