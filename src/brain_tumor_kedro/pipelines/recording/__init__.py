"""Recording: what an evaluation found, kept with the version in the registry."""

from brain_tumor_kedro.pipelines.recording.pipeline import create_pipeline

__all__ = ["create_pipeline"]
