"""What the registry says of a version: short facts for tags, and a card that fits."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

#: What a version is known by, as it was trained.
TRAINED = ("manifest_digest", "recipe_name", "git_revision", "seed", "phantom", "fingerprint")

#: The scores that tags tell, of the splits that champions are judged on and reported on.
SCORES = ("accuracy", "balanced_accuracy", "macro_f1", "ece")
SPLITS = ("val", "test")

#: As many characters as a description has in any database under MLflow, which cuts or refuses more.
LONGEST = 5000

#: The YAML header of a model card.
HEADER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


def list_version_facts(
    training: Mapping[str, Any],
    curation: Mapping[str, Any],
    scores_table: pd.DataFrame,
    guard: Mapping[str, Any],
    patient_scores: pd.DataFrame | None = None,
    strategy: str = "soft",
) -> dict[str, str]:
    """Say in short what a version is and how good it is.

    Args:
        training: The `training_summary`.
        curation: The `curation_summary` of the manifest that it was trained on.
        scores_table: Of the evaluation.
        guard: What was found of its guard, see `guard_judging.judge_scores`.
        patient_scores: Of patients, where they are the unit; see `patient_scores.score_patients`.
        strategy: The one that patients are decided by.

    Returns:
        `TRAINED`, `split_strategy`, `crossings`, and for every score `<split>.<metric>` with
        `.low` and `.high` where there is an interval, `<split>.images` and `<split>.groups`; the
        share that the guard flags, `<split>.flagged`; of patients `<split>.patient.<metric>`.
        Numbers are written out in full.
    """
    facts = {key: str(training[key]) for key in TRAINED if key in training}
    facts["split_strategy"] = str(curation["split_strategy"])
    facts["crossings"] = str(sum(curation["crossings"].values()))
    facts["calibrated"] = str((training.get("temperature") or {}).get("note") == "")
    rows = scores_table
    rows = rows[(rows["predictor"] == "classifier") & (rows["label"] == "all")]
    for row in rows[rows["split"].isin(SPLITS)].to_dict("records"):
        if row["metric"] in SCORES:
            facts |= _spell(f"{row['split']}.{row['metric']}", row)
        if row["metric"] == "accuracy":
            facts[f"{row['split']}.images"] = str(int(row["n"]))
            facts[f"{row['split']}.groups"] = str(int(row["groups"]))
    for split, row in guard["good"].items():
        if split in SPLITS and row.get("flagged"):
            facts |= _spell(f"{split}.flagged", row["flagged"])
    return facts | _list_patients(patient_scores, strategy)


def _list_patients(table: pd.DataFrame | None, strategy: str) -> dict[str, str]:
    if table is None:
        return {}
    rows = table[(table["level"] == "patient") & (table["strategy"] == strategy)]
    facts: dict[str, str] = {}
    for row in rows[rows["split"].isin(SPLITS)].to_dict("records"):
        if row["metric"] in ("accuracy", "f1", "auroc"):
            facts |= _spell(f"{row['split']}.patient.{row['metric']}", row)
    return facts


def _spell(name: str, row: Mapping[Any, Any]) -> dict[str, str]:
    ends = {name: row["value"], f"{name}.low": row["low"], f"{name}.high": row["high"]}
    return {key: repr(float(value)) for key, value in ends.items() if pd.notna(value)}


def shorten_card(card: str, where: str, longest: int = LONGEST) -> str:
    """Make a description of a model card: without its YAML header, and as long as it may be.

    Args:
        card: Markdown.
        where: Where the whole card is, for the last line of one that is cut.
        longest: Characters that fit.

    Returns:
        The card, or whole paragraphs of its beginning, and where the rest is.
    """
    text = HEADER.sub("", card).strip()
    if len(text) <= longest:
        return text
    ending = f"\n\n*Cut here. The whole card: {where}*"
    paragraphs = text[: longest - len(ending)].split("\n\n")
    # The last one may be cut in the middle; a heading without its text says nothing.
    left = paragraphs[:-1] or paragraphs
    while len(left) > 1 and left[-1].lstrip().startswith("#"):
        left.pop()
    return "\n\n".join(left).rstrip() + ending
