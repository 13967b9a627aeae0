"""Registration: a trained classifier in, a registered model that answers out."""

from brain_tumor_kedro.pipelines.registration.pipeline import create_pipeline

__all__ = ["create_pipeline"]
