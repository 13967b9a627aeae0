"""The theme `explanation`: everything that its section of the report shows, as JSON can hold it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.explanation_findings import find_explanations, find_hidden
from brain_tumor_kedro.assessment.explanation_summary import (
    LARGEST_CORRELATION,
    METHODS,
    REFERENCES,
    summarize_forgetting,
    summarize_scores,
)
from brain_tumor_kedro.assessment.hidden_tumor import summarize_hidden

#: Why an image has no mask where nothing went wrong.
NO_OUTLINES = "the source publishes no tumor outlines"


def describe_explanation(
    sample: pd.DataFrame,
    scores: pd.DataFrame,
    hidden: pd.DataFrame,
    maps: Mapping[str, np.ndarray],
    forgotten: Mapping[str, Mapping[float, np.ndarray]],
    left_out: Mapping[str, str],
    classes: Sequence[str],
    settings: Mapping[str, Any],
    prefix: str = "",
) -> dict[str, Any]:
    """Describe where a classifier looks.

    Args:
        sample: As of `choose_explained`, with the classifier's `fingerprint` in `attrs`.
        scores: As of `score_maps`; no rows where there are no masks.
        hidden: As of `tabulate_hidden`; no rows where there are no masks.
        maps: By method, of all images of the sample.
        forgotten: See `summarize_forgetting`.
        left_out: Why an image that should have a mask has none, by id.
        classes: Class labels in the order of the classifier's outputs.
        settings: The parameters; `draws` and `seed` are used.
        prefix: What the names of the task's pipelines begin with.

    Returns:
        `fingerprint`, `n`, `n_wrong`, `n_scored`, `left_out` (how many, by reason), `scores`,
        `hidden`, `forgetting`, `findings`, `settings`, and what methods are called.
    """
    rows = summarize_scores(scores, classes, settings["draws"], settings["seed"])
    forgetting = summarize_forgetting(maps, forgotten)
    drawn = settings["draws"], settings["seed"]
    without = summarize_hidden(hidden, classes, *drawn) if len(hidden) else []
    scored = set(scores["image_id"]) if len(scores) else set()
    unscored = [name for name in sample["image_id"] if name not in scored]
    reasons = dict(Counter(left_out.get(name, NO_OUTLINES) for name in unscored).most_common())
    return {
        "fingerprint": sample.attrs["fingerprint"],
        "n": len(sample),
        "n_wrong": int((~sample["right"]).sum()),
        "n_scored": len(scored),
        "left_out": reasons,
        "scores": rows,
        "hidden": without,
        "forgetting": forgetting,
        "findings": [
            *find_hidden(without),
            *find_explanations(rows, forgetting, len(sample), reasons, prefix),
        ],
        "settings": dict(settings),
        "methods": METHODS | REFERENCES,
        "largest_correlation": LARGEST_CORRELATION,
    }
