"""Curation of volumes: from cases of several sequences to packed slices by patient."""

from brain_tumor_kedro.pipelines.volumes.pipeline import create_pipeline

__all__ = ["create_pipeline"]
