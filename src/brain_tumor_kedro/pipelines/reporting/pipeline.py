"""The reporting pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.assessment.captions import (
    OF_THE_CLASSIFIER,
    OF_THE_DATA,
    OF_THE_PATIENTS,
)
from brain_tumor_kedro.pipelines.reporting import nodes
from brain_tumor_kedro.tasks import Task

#: The parts of the evaluation, in the order of the report.
THEMES = (
    "scores", "calibration", "explanation", "robustness", "shortcuts", "errors", "guard",
)  # fmt: skip

#: The parts that only some units of prediction have, and their figures.
THEMES_OF: dict[str, tuple[str, ...]] = {"slice": (), "patient": ("patients",)}
FIGURES_OF: dict[str, tuple[str, ...]] = {"slice": (), "patient": (*OF_THE_PATIENTS,)}


def create_pipeline(
    task: Task,
    themes: tuple[str, ...] = THEMES,
    figures: tuple[str, ...] = (*OF_THE_DATA, *OF_THE_CLASSIFIER),
) -> Pipeline:
    """Report, model card and checklists of the classifier that was evaluated last.

    Args:
        task: The task.
        themes: The parts of its evaluation, besides those that its unit asks for.
        figures: What is shown, besides those that its unit asks for.
    """
    themes, figures = (*themes, *THEMES_OF[task.unit]), (*figures, *FIGURES_OF[task.unit])
    template = Pipeline(
        [
            Node(
                nodes.gather_themes,
                {
                    "training_summary": "training_summary",
                    "curation_summary": "curation_summary",
                    "metrics": "metrics",
                    "scores_table": "scores_table",
                    "registration": "registration",
                    "previous_leakage": "previous_leakage",
                    "task": "params:task",
                    **{name: name for name in themes},
                },
                "themes",
                name="gather_themes",
            ),
            Node(
                nodes.gather_run_facts,
                [
                    "curation_summary",
                    "training_summary",
                    "scores_table",
                    "registration",
                    "themes",
                    "params:task",
                ],
                "run_facts",
                name="gather_run_facts",
            ),
            Node(
                nodes.write_card,
                "run_facts",
                ["model_card", "checklists"],
                name="write_card",
            ),
            Node(
                nodes.write_report,
                {
                    "run_facts": "run_facts",
                    "themes": "themes",
                    "metrics": "metrics",
                    "history": "history",
                    "label_conflicts": "label_conflicts",
                    "scores_table": "scores_table",
                    "previous_leakage": "previous_leakage",
                    **{name: f"figure_{name}" for name in figures},
                },
                "report",
                name="write_report",
            ),
        ]
    )
    return Pipeline(template, namespace=task.name)
