"""Acquisition: the published sources, fetched into the folder of all sources."""

from brain_tumor_kedro.pipelines.acquisition.pipeline import create_pipeline

__all__ = ["create_pipeline"]
