"""The sample: phantom sources for a first run."""

from brain_tumor_kedro.pipelines.sample.pipeline import create_pipeline

__all__ = ["create_pipeline"]
