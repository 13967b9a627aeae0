"""Study: recipes compared on a task, over variants, folds and seeds."""

from brain_tumor_kedro.pipelines.study.pipeline import create_pipeline

__all__ = ["create_pipeline"]
