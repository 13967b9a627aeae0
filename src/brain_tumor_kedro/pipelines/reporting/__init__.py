"""Evaluation: a classifier in, scores, figures and a report out."""

from brain_tumor_kedro.pipelines.evaluation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
