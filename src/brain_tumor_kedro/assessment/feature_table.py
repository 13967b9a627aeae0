"""Tables of features: one row per image, with its `image_id` and `f0`, `f1`, and so on."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd


def tabulate_features(image_ids: Iterable[str], features: np.ndarray) -> pd.DataFrame:
    """Put features into a table.

    Args:
        image_ids: Of the images, n of them.
        features: Float, shape (n, features).

    Returns:
        Columns `image_id` and `f0`, `f1`, …, float32.
    """
    columns = [f"f{number}" for number in range(features.shape[1])]
    table = pd.DataFrame(features.astype(np.float32, copy=False), columns=columns)
    table.insert(0, "image_id", list(image_ids))
    return table


def take_features(table: pd.DataFrame, image_ids: Iterable[str]) -> npt.NDArray[np.float32]:
    """Look up the features of some images.

    Args:
        table: As `tabulate_features` makes it.
        image_ids: Which images, in the order wanted.

    Returns:
        Float32, shape (images, features).

    Raises:
        ValueError: The table lacks an image, or holds values that are not finite.
    """
    wanted = pd.Index(image_ids)
    places = pd.Index(table["image_id"]).get_indexer(wanted)
    if (places < 0).any():
        raise ValueError(
            f"Expected features of every image, found none of {wanted[places < 0][0]} and "
            f"{(places < 0).sum() - 1} more. They are of another data set: train again, kedro run "
            "--pipelines training"
        )
    every = table.drop(columns="image_id").to_numpy(dtype=np.float32)
    values: npt.NDArray[np.float32] = every[places]
    broken = wanted[np.flatnonzero(~np.isfinite(values).all(axis=1))]
    if len(broken):
        raise ValueError(
            f"Expected finite features, found others for {len(broken)} images, such as "
            f"{broken[0]}. Train with `precision: float32` and look at the loss."
        )
    return values
