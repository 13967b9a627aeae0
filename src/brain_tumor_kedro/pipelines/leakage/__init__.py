"""Leakage: what one classifier scores under the protocols that studies use."""

from brain_tumor_kedro.pipelines.leakage.pipeline import create_pipeline

__all__ = ["create_pipeline"]
