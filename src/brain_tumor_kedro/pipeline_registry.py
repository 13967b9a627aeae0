"""Every pipeline by its name."""

from kedro.pipeline import Pipeline

from brain_tumor_kedro.assessment.captions import OF_THE_CLASSIFIER, OF_THE_COHORT
from brain_tumor_kedro.pipelines import (
    acquisition,
    calibration,
    comparison,
    curation,
    errors,
    evaluation,
    explanation,
    export,
    guard,
    inference,
    leakage,
    ledger,
    model_export,
    patients,
    promotion,
    recording,
    registration,
    reporting,
    reproduction,
    robustness,
    sample,
    study,
    study_results,
    training,
    volumes,
)
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE, Task


def register_pipelines() -> dict[str, Pipeline]:
    """The pipelines that `kedro run --pipelines` knows."""
    pipelines = {
        "sample": sample.create_pipeline(),
        "acquisition": acquisition.create_pipeline(),
        "inference": inference.create_pipeline(),
        "ledger": ledger.create_pipeline(),
        "study": study.create_pipeline() + study_results.create_pipeline(),
        "curation": curation.create_pipeline(TUMOR_TYPE),
        "export": export.create_pipeline(TUMOR_TYPE),
        "leakage": leakage.create_pipeline(TUMOR_TYPE),
        "comparison": comparison.create_pipeline(TUMOR_TYPE),
        **_train_and_evaluate(
            TUMOR_TYPE,
            explanation.create_pipeline(TUMOR_TYPE, "figshare"),
            reporting.create_pipeline(TUMOR_TYPE),
        ),
        "grading_leakage": leakage.create_pipeline(GLIOMA_GRADE, of_volumes=True),
        "grading_curation": volumes.create_pipeline(GLIOMA_GRADE),
        **_train_and_evaluate(
            GLIOMA_GRADE,
            explanation.create_pipeline(GLIOMA_GRADE, "brats"),
            reporting.create_pipeline(GLIOMA_GRADE, figures=(*OF_THE_COHORT, *OF_THE_CLASSIFIER)),
        ),
    }
    for task in (TUMOR_TYPE, GLIOMA_GRADE):
        curated = pipelines[f"{task.prefix}curation"]
        again = reproduction.create_pipeline(task, curated)
        pipelines[f"{task.prefix}reproduction"] = again
    pipelines["grading"] = _join(pipelines, GLIOMA_GRADE)
    return {**pipelines, "__default__": _join(pipelines, TUMOR_TYPE)}


def _train_and_evaluate(task: Task, explaining: Pipeline, report: Pipeline) -> dict[str, Pipeline]:
    """A task's training and its evaluation, whole and part by part."""
    parts = {
        "calibration": calibration.create_pipeline(task),
        "explanation": explaining,
        "robustness": robustness.create_pipeline(task),
        "errors": errors.create_pipeline(task),
        "guard": guard.create_pipeline(task),
        **({"patients": patients.create_pipeline(task)} if task.unit == "patient" else {}),
        "reporting": report,
        "recording": recording.create_pipeline(task),
    }
    whole = sum(parts.values(), start=evaluation.create_pipeline(task))
    registering = registration.create_pipeline(task)
    found = {
        "training": training.create_pipeline(task) + registering,
        "registration": registering,
        "evaluation": whole,
        **parts,
        "promotion": promotion.create_pipeline(task),
        "model_export": model_export.create_pipeline(task),
    }
    return {f"{task.prefix}{name}": pipeline for name, pipeline in found.items()}


def _join(pipelines: dict[str, Pipeline], task: Task) -> Pipeline:
    """Everything from a task's sources to its report."""
    steps = ("curation", "training", "evaluation")
    return sum((pipelines[f"{task.prefix}{step}"] for step in steps), start=Pipeline([]))
