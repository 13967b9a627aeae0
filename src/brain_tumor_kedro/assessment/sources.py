"""Scores by source: whether a classifier tells diseases apart, or collections."""

from collections.abc import Sequence

import pandas as pd


def score_sources(
    predictions: pd.DataFrame, manifest: pd.DataFrame, split: str, classes: Sequence[str]
) -> pd.DataFrame:
    """Count right predictions by class and source.

    Where a class comes from one source alone, a classifier can know it by the source's look.

    Args:
        predictions: Columns `image_id`, `split`, `label`, `predicted`.
        manifest: Columns `image_id`, `source`.
        split: The split to score.
        classes: Class labels, in the order of the rows.

    Returns:
        `label`, `source`, `n`, `right` and `recall` (right / n), one row for each class and
        source that the split has.

    Raises:
        ValueError: Where a prediction is of an image that the manifest does not know.
    """
    rows = predictions[predictions["split"] == split]
    source = rows["image_id"].map(manifest.set_index("image_id")["source"])
    if source.isna().any():
        missing = rows.loc[source.isna(), "image_id"].iloc[0]
        raise ValueError(f"Expected predictions of the manifest's images, found one of {missing}.")
    right = (rows["label"] == rows["predicted"]).rename("right")
    keys = [rows["label"], source.rename("source")]
    table: pd.DataFrame = right.groupby(keys).agg(["size", "sum"]).reset_index()
    table = table.rename(columns={"size": "n", "sum": "right"})
    table["recall"] = table["right"] / table["n"]
    order = table["label"].map({label: place for place, label in enumerate(classes)})
    return table.iloc[order.argsort(kind="stable").to_numpy()].reset_index(drop=True)
