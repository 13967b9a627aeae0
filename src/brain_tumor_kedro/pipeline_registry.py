"""Every pipeline by its name."""

from kedro.pipeline import Pipeline

from brain_tumor_kedro.pipelines import (
    acquisition,
    calibration,
    curation,
    evaluation,
    explanation,
    export,
    leakage,
    sample,
    training,
)
from brain_tumor_kedro.tasks import TUMOR_TYPE


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipelines` knows."""
    pipelines = {
        "sample": sample.create_pipeline(),
        "acquisition": acquisition.create_pipeline(),
        "curation": curation.create_pipeline(TUMOR_TYPE),
        "export": export.create_pipeline(TUMOR_TYPE),
        "training": training.create_pipeline(TUMOR_TYPE),
        "calibration": calibration.create_pipeline(TUMOR_TYPE),
        "evaluation": evaluation.create_pipeline(TUMOR_TYPE),
        "leakage": leakage.create_pipeline(TUMOR_TYPE),
        "explanation": explanation.create_pipeline(TUMOR_TYPE),
    }
    whole = pipelines["curation"] + pipelines["training"] + pipelines["evaluation"]
    return {**pipelines, "__default__": whole}
