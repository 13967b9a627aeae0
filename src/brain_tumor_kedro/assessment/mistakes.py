"""Mistakes: the most confident ones, and the training images most alike to the classifier."""

import numpy as np
import pandas as pd
from sklearn.preprocessing import normalize

from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.near_neighbors import SAME_HEAD, describe_pictures

#: Columns of the table of neighbors.
COLUMNS = (
    "mistake", "image_id", "source", "label", "predicted", "probability", "p_label", "place",
    "neighbor", "neighbor_label", "neighbor_source", "same_source", "similarity", "correlation",
    "suspicious",
)  # fmt: skip


def choose_mistakes(predictions: pd.DataFrame, split: str, most: int) -> pd.DataFrame:
    """Choose the wrong predictions of a split of which the classifier was most sure.

    Args:
        predictions: `image_id`, `split`, `label`, `predicted`, `p_<class>`.
        split: The split to look at.
        most: How many at most.

    Returns:
        `image_id`, `label`, `predicted`, `probability` (of the predicted class) and `p_label`,
        the surest first.
    """
    rows = predictions[predictions["split"] == split]
    rows = rows[rows["label"] != rows["predicted"]]
    chosen = rows[["image_id", "label", "predicted"]].assign(
        probability=_pick(rows, "predicted"), p_label=_pick(rows, "label")
    )
    order = ["probability", "image_id"]
    return chosen.sort_values(order, ascending=[False, True], ignore_index=True).head(most)


def find_neighbors(
    mistakes: pd.DataFrame,
    features: pd.DataFrame,
    images: np.ndarray,
    manifest: pd.DataFrame,
    neighbors: int,
) -> pd.DataFrame:
    """Find the training images nearest to each mistake in the classifier's own features.

    Args:
        mistakes: As `choose_mistakes` makes them.
        features: Of the trained classifier: `image_id`, `f0`, `f1`, ….
        images: Packed, uint8, (n, h, w) or (n, h, w, 3).
        manifest: Kept images: `image_id`, `source`, `label`, `split`, `row`.
        neighbors: How many for each; fewer where there are fewer training images.

    Returns:
        A row for every mistake and neighbor, nearest first: numbers of both from 1, what is known
        of the mistake, the `neighbor` with its label and source, whether that is the same source,
        the cosine `similarity` of the features, the `correlation` of the small pictures, and
        whether that makes the neighbor `suspicious`: copy or relative that was missed.

    Raises:
        ValueError: An image has no features.
    """
    train = manifest[manifest["split"] == "train"].reset_index(drop=True)
    known = manifest.set_index("image_id")
    wrong = mistakes.assign(source=mistakes["image_id"].map(known["source"]))
    if wrong.empty or train.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    similarity = _similarity(features, wrong, train)
    places = np.argsort(-similarity, axis=1, kind="stable")[:, :neighbors]
    tables = []
    for number, (_, row) in enumerate(wrong.iterrows()):
        near = train.iloc[places[number]]
        own = describe_pictures(images, np.array([known.loc[row["image_id"], "row"]], int))
        pictures = describe_pictures(images, near["row"].to_numpy(dtype=int))
        table = pd.DataFrame(
            {
                "neighbor": near["image_id"].to_numpy(),
                "neighbor_label": near["label"].to_numpy(),
                "neighbor_source": near["source"].to_numpy(),
                "similarity": similarity[number, places[number]].astype(float),
                "correlation": (pictures @ own[0]).astype(float),
            }
        )
        place = range(1, len(table) + 1)
        tables.append(
            table.assign(
                mistake=number + 1, place=place, **{str(key): value for key, value in row.items()}
            )
        )
    table = pd.concat(tables, ignore_index=True)
    table["same_source"] = table["source"] == table["neighbor_source"]
    table["suspicious"] = table["correlation"] >= SAME_HEAD
    return table[list(COLUMNS)]


def _similarity(features: pd.DataFrame, wrong: pd.DataFrame, train: pd.DataFrame) -> np.ndarray:
    """Cosine of the features, shape (mistakes, training images)."""
    own, others = (
        normalize(take_features(features, part["image_id"]).astype(np.float64))
        for part in (wrong, train)
    )
    return np.asarray(own @ others.T)


def _pick(rows: pd.DataFrame, column: str) -> list[float]:
    """The probability of the class that a column names, row by row."""
    return [float(row[f"p_{row[column]}"]) for _, row in rows.iterrows()]
