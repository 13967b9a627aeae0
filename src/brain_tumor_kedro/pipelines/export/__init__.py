"""Export: the curated set as a folder that anyone can read and publish."""

from brain_tumor_kedro.pipelines.export.pipeline import create_pipeline

__all__ = ["create_pipeline"]
