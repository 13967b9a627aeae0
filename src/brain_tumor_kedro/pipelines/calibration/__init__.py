"""Calibration: what probabilities are worth, and the decisions that stand on them."""

from brain_tumor_kedro.pipelines.calibration.pipeline import create_pipeline

__all__ = ["create_pipeline"]
