"""Patients: from predictions of slices to a decision by patient, and how good it is."""

from brain_tumor_kedro.pipelines.patients.pipeline import create_pipeline

__all__ = ["create_pipeline"]
