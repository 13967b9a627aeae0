"""Every pipeline by its name."""

from kedro.pipeline import Pipeline

from brain_tumor_kedro.pipelines import (
    acquisition,
    calibration,
    comparison,
    curation,
    errors,
    evaluation,
    explanation,
    export,
    leakage,
    ledger,
    reporting,
    robustness,
    sample,
    training,
    volumes,
)
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE

#: What belongs to an evaluation, besides predictions and scores; each can be run alone.
EVALUATION = ("calibration", "explanation", "robustness", "errors", "reporting")


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipelines` knows."""
    pipelines = {
        "sample": sample.create_pipeline(),
        "acquisition": acquisition.create_pipeline(),
        "ledger": ledger.create_pipeline(),
        "curation": curation.create_pipeline(TUMOR_TYPE),
        "grading_curation": volumes.create_pipeline(GLIOMA_GRADE),
        "export": export.create_pipeline(TUMOR_TYPE),
        "training": training.create_pipeline(TUMOR_TYPE),
        "calibration": calibration.create_pipeline(TUMOR_TYPE),
        "reporting": reporting.create_pipeline(TUMOR_TYPE),
        "leakage": leakage.create_pipeline(TUMOR_TYPE),
        "explanation": explanation.create_pipeline(TUMOR_TYPE),
        "comparison": comparison.create_pipeline(TUMOR_TYPE),
        "errors": errors.create_pipeline(TUMOR_TYPE),
        "robustness": robustness.create_pipeline(TUMOR_TYPE),
        "grading_training": training.create_pipeline(GLIOMA_GRADE),
    }
    parts = [evaluation.create_pipeline(TUMOR_TYPE), *(pipelines[name] for name in EVALUATION)]
    pipelines["evaluation"] = sum(parts, start=Pipeline([]))
    whole = pipelines["curation"] + pipelines["training"] + pipelines["evaluation"]
    return {**pipelines, "__default__": whole}
