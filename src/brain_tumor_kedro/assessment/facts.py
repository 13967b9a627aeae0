"""Facts: what the model card and the checklists say of a run, gathered once."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.decided import pick_decided, say_decided
from brain_tumor_kedro.assessment.findings import collect_findings
from brain_tumor_kedro.assessment.words import WORDS

#: What it means for the test split how the images were split.
DISJOINT = {
    "slice": {
        "group": "Groups: patients where a source names them, and otherwise images so alike that "
        "they may be of one.",
        "image": "Images: relatives and patients cross the splits, and scores are too high.",
    },
    "patient": {
        "group": "Patients: all slices of a patient lie in one split.",
        "image": "Slices: patients cross the splits, and scores are too high.",
    },
}


#: Themes that are not about this classifier: another one was trained to show something.
OF_ANOTHER = ("leakage",)


def gather_facts(
    *,
    summary: Mapping[str, Any],
    training: Mapping[str, Any],
    scores_table: pd.DataFrame,
    registration: Mapping[str, Any],
    themes: Mapping[str, Mapping[str, Any]],
    limits: Sequence[str],
    classes: Sequence[str],
    unit: str,
    title: str = "Brain tumor classifier",
    channels: Sequence[str] = (),
    colors: str = "",
    git_revision: str,
    command: str,
    created: str,
) -> dict[str, Any]:
    """Gather what is known of a run.

    Args:
        summary: The curation summary.
        training: The training summary.
        scores_table: The scores with intervals: `split`, `predictor`, `label`, `metric`, `n`,
            `value`, `low`, `high`.
        registration: Name and version in the registry.
        themes: What each theme of the evaluation found, with `findings`.
        limits: What must not be concluded.
        classes: Class labels in the order of the classifier's outputs; the summary has an order
            of its own.
        unit: What one answer is about, `slice` or `patient`.
        title: What a reader calls the task.
        channels: What the channels of the images are; none where they are gray.
        colors: What the colors of pictures mean; nothing where they are gray.
        git_revision: Of the code that ran.
        command: That ran.
        created: When.

    Returns:
        The values that the templates of the model card and of the checklists use.
    """
    own = {name: theme for name, theme in themes.items() if name not in OF_ANOTHER}
    findings = collect_findings(own)
    scores_table = scores_table[scores_table["predictor"] == "classifier"]
    strategy = summary.get("split_strategy", "")
    headline = describe_headline(scores_table, images=WORDS[unit].images)
    return {
        "data": summary,
        "training": training,
        "registration": registration,
        "unit": unit,
        "title": title,
        "words": WORDS[unit]._asdict(),
        "channels": list(channels),
        "colors": colors,
        "classes": [label.replace("_", " ") for label in classes],
        "sizes": {split: sum(n.values()) for split, n in summary.get("splits", {}).items()},
        "weights": name_weights(training.get("weights")),
        "headline": " ".join(filter(None, (headline, say_decided(themes.get("patients", {}))))),
        "decided": pick_decided(themes.get("patients", {})),
        "scores": scores_table.to_dict("records"),
        "warnings": " ".join(row["text"] for row in findings if row["level"] == "warn"),
        "findings_list": findings,
        "themes": _say_themes(themes),
        "recalibrated": training.get("temperature", {}).get("note") == "",
        "stops_early": any(
            phase.get("early_stopping") for phase in training.get("recipe", {}).get("phases", [])
        ),
        "limits": " ".join(limits),
        "limits_list": list(limits),
        "disjoint": DISJOINT[unit].get(strategy, "As published: relatives may cross the splits."),
        "git_revision": git_revision,
        "command": command,
        "created": created,
        "phantom": bool(summary.get("phantom")),
    }


def describe_headline(
    scores_table: pd.DataFrame, split: str = "test", images: str = "images"
) -> str:
    """Say a classifier's accuracy and macro F1 with their intervals; nothing where unknown."""
    rows = scores_table[(scores_table["split"] == split) & (scores_table["label"] == "all")]
    by_metric: dict[str, Any] = {row["metric"]: row for row in rows.to_dict("records")}
    if "accuracy" not in by_metric:
        return ""
    said = [
        f"{name} {row['value']:.3f}{_say_interval(row)}"
        for metric, name in (("accuracy", "accuracy"), ("macro_f1", "macro F1"))
        if (row := by_metric.get(metric))
    ]
    sentence = f"{' and '.join(said)} on {by_metric['accuracy']['n']:,.0f} {split} {images}."
    return sentence[0].upper() + sentence[1:]


def _say_interval(row: Mapping[str, Any]) -> str:
    if pd.isna(row["low"]):
        return " (no interval can be given)"
    return f" (95% interval {row['low']:.3f} to {row['high']:.3f})"


def name_weights(weights: Any) -> str:
    """Name weights as a reader elsewhere can understand them: a file without its folder."""
    if weights in (None, "none"):
        return "none, from scratch"
    return PurePath(str(weights)).name


def _say_themes(themes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    said = {
        name: " ".join(finding["text"] for finding in theme.get("findings", []))
        for name, theme in themes.items()
    }
    return {name: text for name, text in said.items() if text}
