"""Promotion: which version of a classifier is champion, and why."""

from brain_tumor_kedro.pipelines.promotion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
