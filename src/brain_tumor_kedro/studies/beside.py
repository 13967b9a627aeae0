"""A study's own results beside the published ones, backbone by backbone."""

import pandas as pd

from brain_tumor_kedro.studies.publications import Published

#: What is compared where it was published.
SCORES = ("accuracy", "precision", "recall", "f1")

#: The strategy of results that are of single images.
SLICE = "slice"

COLUMNS = (
    "model", "backbone", "strategy", "cells",
    *(name for score in SCORES for name in (f"published_{score}", score)),
)  # fmt: skip


def list_results(published: Published) -> pd.DataFrame:
    """List what a study has published of each backbone.

    Args:
        published: With `backbones` {model: backbone} for the models of its table, or with
            `results`, a list of scores by backbone.

    Returns:
        `backbone`, `strategy` and `published_<score>` for all of `SCORES`; NaN where a score was
        not published.
    """
    if len(published.table):
        names = {**{score: f"published_{score}" for score in SCORES}, "aggregation": "strategy"}
        rows = published.table.rename(columns=names)
        rows["backbone"] = rows["model"].map(published.facts["backbones"])
        rows["strategy"] = rows["strategy"].str.lower()
    else:
        rows = pd.DataFrame(published.facts["results"]).assign(strategy=SLICE)
        rows = rows.rename(columns={score: f"published_{score}" for score in SCORES})
    columns = ["backbone", "strategy", *(f"published_{score}" for score in SCORES)]
    return rows.reindex(columns=columns).dropna(subset=["backbone"])


def put_beside(table: pd.DataFrame, published: Published | None) -> pd.DataFrame:
    """Put a study's own scores beside those that were published.

    They are of other patients, and often of another split: what differs is not explained by it.

    Args:
        table: Columns `model`, `backbone`, `strategy`, `cells` and `SCORES`, one row per model
            and strategy.
        published: Of the study; None where nothing is.

    Returns:
        One row for each of the table's whose backbone and strategy were published, in its order:
        `COLUMNS`.
    """
    if published is None:
        return pd.DataFrame(columns=list(COLUMNS))
    both = table.merge(list_results(published), on=["backbone", "strategy"])
    return both[list(COLUMNS)]
