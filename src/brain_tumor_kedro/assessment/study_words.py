"""What the page of a study says in words: what ran, on what it was scored, what was not ranked."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.formatting import format_setting
from brain_tumor_kedro.assessment.study_table import NAMELESS, list_strategies, name_data

#: What is ranked: the comparisons, see `study_ranks`.
COMPARISONS = ("strategies", "models")

#: So many names are written out.
MOST_NAMES = 16


def say_where(summary: Mapping[str, Any]) -> str:
    """Name what a study's scores are of.

    Args:
        summary: See `study_findings.summarize_study`.
    """
    return "the folds left out" if summary.get("folds") else "the test split"


def say_what_ran(cells: pd.DataFrame, table: pd.DataFrame) -> str:
    """Say which models were trained, and how often.

    Args:
        cells: One row per training.
        table: See `study_table.tabulate_study`.

    Returns:
        Such as `1 model (backbone sample_cnn), 3 strategies, 2 seeds`; of finished cells.
    """
    finished = cells[cells["state"] == "finished"]
    if finished.empty:
        return "No cell is finished."
    backbones = sorted(set(finished["backbone"].dropna().astype(str)))
    named = ", ".join(backbones[:MOST_NAMES]) + (", …" if len(backbones) > MOST_NAMES else "")
    counts = {
        "strategy": len(list_strategies(table)),
        "fold": finished["fold"].nunique(),
        "repeat": finished["repeat"].nunique() if finished["fold"].notna().any() else 0,
        "seed": finished["seed"].nunique(),
    }
    parts = [_number(n, name) for name, n in counts.items() if n]
    models = _number(table["model"].nunique(), "model")
    of = "backbone" if len(backbones) == 1 else f"{len(backbones)} backbones:"
    return f"What ran: {models} ({of} {named}), {', '.join(parts)}."


def list_limits(summary: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """List what the scores of a study do not say, by how they were made.

    Args:
        summary: See `study_findings.summarize_study`.
        table: See `study_table.tabulate_study`.
    """
    if summary.get("folds"):
        scored = (
            "Scores are of cross-validation: every patient or image is scored when its fold is "
            "left out, by a model that was not trained on it. The models of two folds share most "
            "of their training images."
        )
    elif name_data(table).nunique() > 1:
        scored = (
            "Not all models were scored on the same images: some split them in another way, or "
            "leave some out. Compare scores only where the images are the same."
        )
    else:
        scored = (
            "All models were scored on the same test patients or images. How far another test "
            "split would move the scores, and the order of the models, was not tried."
        )
    return [
        scored,
        "The best of many models looks better than it is. The choice was made on validation; "
        f"scores on {say_where(summary)} are for reporting.",
        "Ranks over folds and seeds rest on the same data, so they are not independent: "
        "the tests find differences too easily.",
    ]


def say_unranked(ranks: pd.DataFrame) -> dict[str, str]:
    """Say why a comparison was not ranked.

    Args:
        ranks: See `rankings.describe_ranking`.

    Returns:
        By comparison, of those without a test; without ranks, no cell is finished.
    """
    found = {}
    for comparison in COMPARISONS:
        rows = ranks[ranks["comparison"] == comparison]
        if rows["statistic"].isna().all():
            reason = rows["reason"].iloc[0] if len(rows) else "no cell is finished"
            found[comparison] = f"The {comparison} were not ranked: {reason}."
    return found


def write_point(point: Mapping[str, Any]) -> str:
    """Write a point of a space with its keys, such as `grade_resnet50, head.dropout 0.2`.

    Args:
        point: Values by key; empty where nothing was chosen.
    """
    return ", ".join(
        str(value) if key in NAMELESS else f"{key} {format_setting(value)}"
        for key, value in point.items()
    )


def count_verdicts(ledger: pd.DataFrame) -> dict[str, str]:
    """Count the verdicts on the claims of the authors and on those of a review, apart.

    Args:
        ledger: See `study_report.render_study_report`.

    Returns:
        By `authors` and `review`, such as `2 refuted, 1 reproduced`; who says nothing is left out.
    """
    return {
        str(by): ", ".join(
            f"{n} {verdict}" for verdict, n in rows["verdict"].value_counts().items()
        )
        for by, rows in ledger.groupby("by", sort=True)
    }


def _number(n: int, name: str) -> str:
    several = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{n} {name if n == 1 else several}"
