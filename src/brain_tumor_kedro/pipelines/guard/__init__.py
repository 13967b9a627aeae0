"""The guard: the bundle and images of every kind in, what it flags and what passes out."""

from brain_tumor_kedro.pipelines.guard.pipeline import create_pipeline

__all__ = ["create_pipeline"]
