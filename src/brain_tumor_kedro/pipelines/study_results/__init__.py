"""Study results: what the cells of a study amount to, beside what was published."""

from brain_tumor_kedro.pipelines.study_results.pipeline import create_pipeline

__all__ = ["create_pipeline"]
