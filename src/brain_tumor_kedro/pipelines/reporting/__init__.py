"""Reporting: everything that was found, in a report, a model card and checklists."""

from brain_tumor_kedro.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
