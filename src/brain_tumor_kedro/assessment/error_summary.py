"""What errors, labels and near neighbors say, as plain numbers and sentences."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.disputed_patients import (
    count_disputed_patients,
    say_disputed_patients,
)
from brain_tumor_kedro.assessment.near_neighbors import SAME_HEAD, SIDE
from brain_tumor_kedro.tasks import SCORED

#: A mistake with at least this probability is a confident one.
CONFIDENT = 0.9

#: From this share of disputed labels on, a reader is warned.
DISPUTED_SHARE = 0.02

#: The split whose errors are shown.
SPLIT = "test"

#: Rows of the tables of a report.
SHOWN = 10

NOBODY = "Nobody has looked at these labels for this report."


def summarize_errors(
    predictions: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    label_issues: pd.DataFrame,
    neighbors: pd.DataFrame,
    near: pd.DataFrame,
    known_patients: bool = False,
    patient_of: "pd.Series[str] | None" = None,
) -> dict[str, Any]:
    """Put into numbers how the classifier errs, and how far labels and splits can be trusted.

    Args:
        predictions: Of the classifier.
        out_of_fold: As `predict_out_of_fold` makes them; `attrs` say of which features.
        label_issues: As `find_label_issues` makes them.
        neighbors: As `find_neighbors` makes them.
        near: As `find_near_neighbors` makes them.
        known_patients: Whether the patient of every image is known: then no two splits show one.
        patient_of: Patient of every image, by `image_id`, where a label is the patient's.

    Returns:
        `mistakes`, `gallery`, `labels`, `near` and `findings`, which JSON can hold.
    """
    summary = {
        "split": SPLIT,
        "mistakes": _count_mistakes(predictions),
        "gallery": _sum_up_gallery(neighbors),
        "labels": _sum_up_labels(predictions, out_of_fold, label_issues, patient_of),
        "near": {**_sum_up_near(near), "known_patients": known_patients},
    }
    return {**summary, "findings": _find(summary)}


def _count_mistakes(predictions: pd.DataFrame) -> dict[str, Any]:
    rows = predictions[predictions["split"] == SPLIT]
    wrong = rows[rows["label"] != rows["predicted"]]
    columns = [column for column in rows.columns if column.startswith("p_")]
    sure = wrong[columns].max(axis=1) >= CONFIDENT
    return {
        "images": len(rows),
        "wrong": len(wrong),
        "confident": int(sure.sum()),
        "confident_from": CONFIDENT,
    }


def _sum_up_gallery(neighbors: pd.DataFrame) -> dict[str, Any]:
    shown = neighbors.groupby("mistake", sort=True)
    side = neighbors["neighbor_label"] == neighbors["predicted"]
    return {
        "shown": len(shown),
        "neighbors": len(neighbors),
        "same_source": int(neighbors["same_source"].astype(bool).sum()),
        "as_predicted": int(side.sum()),
        "all_as_predicted": int(side.groupby(neighbors["mistake"]).all().sum()),
        "suspicious": int(neighbors["suspicious"].astype(bool).sum()),
        "rows": [_describe_mistake(part) for _, part in shown],
    }


def _describe_mistake(part: pd.DataFrame) -> dict[str, Any]:
    keys = ["image_id", "source", "label", "predicted", "probability", "p_label"]
    labels = part["neighbor_label"].value_counts()
    return {
        **{key: part[key].iloc[0] for key in keys},
        "neighbor_labels": {str(label): int(n) for label, n in labels.items()},
        "same_source": int(part["same_source"].astype(bool).sum()),
        "similarity": float(part["similarity"].max()),
        "correlation": float(part["correlation"].max()),
        "suspicious": part.loc[part["suspicious"].astype(bool), "neighbor"].tolist(),
    }


def _sum_up_labels(
    predictions: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    issues: pd.DataFrame,
    patient_of: "pd.Series[str] | None",
) -> dict[str, Any]:
    disputed = issues[issues["disputed"].astype(bool)]
    counts = predictions["split"].value_counts()
    of_patients = _count_patients(predictions, issues, patient_of)
    splits: dict[str, dict[str, Any]] = {
        split: {
            "images": int(counts[split]),
            "doubted": int((issues["split"] == split).sum()),
            "disputed": int((disputed["split"] == split).sum()),
            **of_patients.get(split, {}),
        }
        for split in SCORED
        if split in counts
    }
    right = out_of_fold["label"] == out_of_fold["predicted"]
    keys = ["image_id", "source", "split", "label", "suggested", "quality", "copies", "copy_labels"]
    bounds = _bound_accuracy(predictions, issues)
    n = int(counts.get(SPLIT, 0))
    return {
        "probe_accuracy": float(right.mean()) if len(right) else None,
        "features": {
            "backbone": out_of_fold.attrs.get("backbone"),
            "untrained": out_of_fold.attrs.get("weights") == "none",
        },
        "splits": splits,
        "doubted": len(issues),
        "disputed": len(disputed),
        "rows": _fill_words(disputed.head(SHOWN)[keys]).to_dict("records"),
        "accuracy": bounds,
        "bounds": _say_labels(bounds, splits.get(SPLIT, {}), n) if bounds else "",
    }


def _count_patients(
    predictions: pd.DataFrame, issues: pd.DataFrame, patient_of: "pd.Series[str] | None"
) -> dict[str, dict[str, Any]]:
    """By split: how many patients there are, and the names of those who are mostly disputed."""
    if patient_of is None:
        return {}
    table = count_disputed_patients(predictions, issues, patient_of)
    return {
        str(split): {
            "patients": len(rows),
            "mostly_disputed": rows.loc[rows["mostly"], "patient_id"].tolist(),
        }
        for split, rows in table.groupby("split")
    }


def _say_labels(bounds: Mapping[str, Any], counts: Mapping[str, Any], n: int) -> str:
    if "patients" in counts:
        return f"{say_disputed_patients(counts, SPLIT)} {NOBODY}"
    return say_bounds(bounds, n)


def _fill_words(table: pd.DataFrame) -> pd.DataFrame:
    """Empty words come back from a CSV file as missing numbers."""
    words = table["copy_labels"].astype(object)
    return table.assign(copy_labels=words.where(words.notna(), ""))


def _bound_accuracy(predictions: pd.DataFrame, issues: pd.DataFrame) -> dict[str, Any] | None:
    """How far wrong labels could move the accuracy, up and down, were all doubts justified."""
    rows = predictions[predictions["split"] == SPLIT]
    if rows.empty:
        return None
    here = issues[issues["split"] == SPLIT]
    n, right = len(rows), int((rows["label"] == rows["predicted"]).sum())
    disputed = int(here["disputed"].astype(bool).sum())
    agreed = int((here["classifier"] == here["label"]).sum())
    return {
        "as_published": right / n,
        "disputed": disputed,
        "without_disputed": right / (n - disputed) if n > disputed else None,
        "agreed_but_doubted": agreed,
        "if_those_are_wrong": (right - agreed) / n,
    }


def _sum_up_near(near: pd.DataFrame) -> dict[str, Any]:
    suspicious = near[near["suspicious"].astype(bool)]
    return {
        "compared": len(near),
        "side": SIDE,
        "threshold": SAME_HEAD,
        "suspicious": len(suspicious),
        "other_label": int((suspicious["label"] != suspicious["neighbor_label"]).sum()),
        "largest": float(near["correlation"].max()) if len(near) else None,
        "rows": suspicious.head(SHOWN).to_dict("records"),
    }


def _find(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        *_on_mistakes(summary["mistakes"]),
        *_on_labels(summary["labels"]),
        *_on_near(summary["near"]),
    ]


def _on_mistakes(mistakes: Mapping[str, Any]) -> list[dict[str, str]]:
    if not mistakes["images"]:
        return []
    text = f"{mistakes['wrong']:,} of {mistakes['images']:,} {SPLIT} images are misclassified"
    if not mistakes["confident"]:
        unsure = f", none of them with a probability of {CONFIDENT} or more"
        return [{"level": "good", "text": text + (unsure if mistakes["wrong"] else "") + "."}]
    sure = f"with a probability of {CONFIDENT} or more"
    return [{"level": "note", "text": f"{text}, {mistakes['confident']:,} of them {sure}."}]


def _on_labels(labels: Mapping[str, Any]) -> list[dict[str, str]]:
    bounds = labels["accuracy"]
    if bounds is None:
        return []
    counts = labels["splits"][SPLIT]
    n = counts["images"]
    if not bounds["disputed"]:
        text = f"No label of the {n:,} {SPLIT} images is disputed by both judges."
        return [{"level": "good", "text": text}]
    many = bounds["disputed"] >= DISPUTED_SHARE * n
    if "patients" in counts:
        many = bool(counts["mostly_disputed"])
    level = "warn" if many else "note"
    return [{"level": level, "text": labels["bounds"]}]


def say_bounds(bounds: Mapping[str, Any], n: int) -> str:
    """Say in both directions what wrong labels could mean for the accuracy.

    Args:
        bounds: Of `summarize_errors`, under `labels.accuracy`.
        n: Images of the split.

    Returns:
        A few sentences.
    """
    parts = [f"{bounds['disputed']:,} of {n:,} {SPLIT} labels are disputed by the classifier and "]
    parts.append("by an independent probe.")
    if bounds["disputed"] and bounds["without_disputed"] is not None:
        parts.append(
            f" Without these, accuracy would be {bounds['without_disputed']:.1%} at most, instead "
            f"of {bounds['as_published']:.1%}: all of them count as mistakes now, so leaving them "
            "out can only help."
        )
    if bounds["agreed_but_doubted"]:
        parts.append(
            f" On the other side the probe doubts {bounds['agreed_but_doubted']:,} labels that the "
            f"classifier agrees with; were all those wrong, accuracy would be "
            f"{bounds['if_those_are_wrong']:.1%}."
        )
    return "".join([*parts, f" {NOBODY}" if len(parts) > 2 else ""])


def _on_near(near: Mapping[str, Any]) -> list[dict[str, str]]:
    if not near["compared"]:
        return []
    if not near["suspicious"]:
        text = (
            f"None of {near['compared']:,} images of val and test is so like a training image that "
            f"it may show the same head (largest correlation {near['largest']:.2f})."
        )
        return [{"level": "good", "text": text}]
    if near["known_patients"]:
        text = (
            f"{near['suspicious']:,} of {near['compared']:,} images of val and test are as like an "
            f"image of another patient in training (correlation from {near['threshold']} on) as "
            "slices of one head are; the pairs are below. Either the heads are alike, or a patient "
            "is there under two names."
        )
        return [{"level": "note", "text": text}]
    text = (
        f"At least {near['suspicious']:,} of {near['compared']:,} images of val and test may show "
        "the head of a training image, which the search for copies and relatives missed; the pairs "
        f"are below. The line, a correlation of {near['threshold']}, is strict."
    )
    return [{"level": "warn", "text": text}]
