"""Which images are explained: the wrong predictions first, then right ones of every class."""

import numpy as np
import pandas as pd

#: The split whose predictions are explained.
SPLIT = "test"

#: The columns of the sample.
COLUMNS = (
    "image_id", "source", "group_id", "row", "pixel_hash",
    "label", "predicted", "right", "probability",
)  # fmt: skip


def choose_explained(
    predictions: pd.DataFrame, manifest: pd.DataFrame, images: int, most_wrong: int, seed: int
) -> pd.DataFrame:
    """Choose the test images to explain.

    All wrong predictions come first, up to a number, then right ones. Among each the classes take
    turns as long as they last, and an image of another group goes before a second one of a group.

    Args:
        predictions: Columns `image_id`, `split`, `label`, `predicted`, `p_<class>`.
        manifest: Columns `image_id`, `source`, `group_id`, `row`, `pixel_hash`.
        images: Most images in all.
        most_wrong: Most wrong predictions.
        seed: Another seed, another choice.

    Returns:
        `COLUMNS`, wrong predictions first; `probability` is that of the predicted class. No rows
        where the split has none.

    Raises:
        ValueError: Where a prediction is of an image that the manifest does not know.
    """
    tested = predictions[predictions["split"] == SPLIT]
    unknown = set(tested["image_id"]) - set(manifest["image_id"])
    if unknown:
        raise ValueError(
            f"Expected predictions of the manifest's images, found one of {min(unknown)}. Evaluate "
            "again: kedro run --pipelines evaluation"
        )
    keys = ["image_id", "source", "group_id", "row", "pixel_hash"]
    table = tested.merge(manifest[keys], on="image_id", validate="one_to_one")
    table = table.assign(
        right=table["label"] == table["predicted"], probability=_of_the_predicted(table)
    )
    rng = np.random.default_rng(seed)
    wrong = _deal(table[~table["right"]], min(most_wrong, images), rng)
    right = _deal(table[table["right"]], images - len(wrong), rng)
    return pd.concat([wrong, right])[list(COLUMNS)].reset_index(drop=True)


def _of_the_predicted(table: pd.DataFrame) -> np.ndarray:
    values = [row[f"p_{row['predicted']}"] for row in table.to_dict("records")]
    return np.array(values, dtype=float)


def _deal(table: pd.DataFrame, number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Let classes take turns, and within each of them groups."""
    shuffled = table.sort_values("image_id").iloc[rng.permutation(len(table))]
    turn = shuffled.groupby(["label", "group_id"], dropna=False).cumcount().to_numpy()
    by_group = shuffled.iloc[np.argsort(turn, kind="stable")]
    place = by_group.groupby("label").cumcount().to_numpy()
    return by_group.iloc[np.argsort(place, kind="stable")[:number]]
