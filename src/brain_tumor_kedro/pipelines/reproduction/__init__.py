"""Reproduction: the split and the scores of a registered version, rebuilt from its sources."""

from brain_tumor_kedro.pipelines.reproduction.pipeline import create_pipeline

__all__ = ["create_pipeline"]
