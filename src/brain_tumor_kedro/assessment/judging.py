"""Judging: one classifier trained and tested anew under every split of the same images."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from brain_tumor_kedro.assessment.probe import fit_probe, probe_probabilities

#: What one split is told apart by.
KEYS = ["protocol", "source", "repeat"]

Predict = Callable[[pd.DataFrame, pd.DataFrame], npt.NDArray[np.str_]]


def judge_parts(parts: pd.DataFrame, predict: Predict) -> pd.DataFrame:
    """Train and test under every split.

    Args:
        parts: Columns `protocol`, `source` (may be null), `repeat`, `part` (`train`, `val` or
            `test`), and whatever `predict` needs.
        predict: Takes the rows of train and val, and those of test; gives a label for each of the
            latter.

    Returns:
        The test rows of all splits with `predicted`.
    """
    splits = list(parts.groupby(KEYS, dropna=False, sort=False))
    judged = []
    for _, rows in tqdm(splits, desc="Protocols", unit="split", disable=None):
        test = rows[rows["part"] == "test"]
        judged.append(test.assign(predicted=predict(rows[rows["part"] != "test"], test)))
    return pd.concat(judged, ignore_index=True) if judged else parts.assign(predicted=None)


def predict_with_probe(
    features: np.ndarray, classes: Sequence[str], training: pd.DataFrame, test: pd.DataFrame
) -> npt.NDArray[np.str_]:
    """Fit a linear probe on the features of some images and predict others.

    Args:
        features: Float, shape (n, features).
        classes: Class labels in order.
        training: Columns `row` (into the features) and `label`; train and val alike.
        test: Column `row`.

    Returns:
        The predicted label of each test row.
    """
    order = {label: place for place, label in enumerate(classes)}
    labels = training["label"].map(order).to_numpy(dtype=np.intp)
    probe = fit_probe(features[training["row"].to_numpy()], labels)
    found = probe_probabilities(probe, features[test["row"].to_numpy()], len(classes))
    names: npt.NDArray[np.str_] = np.asarray(classes)[found.argmax(axis=1)]
    return names


def predict_with_neighbor(
    features: np.ndarray, classes: Sequence[str], training: pd.DataFrame, test: pd.DataFrame
) -> npt.NDArray[np.str_]:
    """Give each image the label of the training image that is most like it.

    It remembers all and learns nothing, so it shows how far memory alone carries.

    Args:
        features: Float, shape (n, features); compared by angle, each standardized first.
        classes: Not used: there are no classes but those of the training.
        training: Columns `row` (into the features) and `label`; train and val alike.
        test: Column `row`.

    Returns:
        The predicted label of each test row.
    """
    nearest = KNeighborsClassifier(1, metric="cosine")
    neighbor = make_pipeline(StandardScaler(), nearest)
    neighbor.fit(features[training["row"].to_numpy()], training["label"].to_numpy(dtype=str))
    names: npt.NDArray[np.str_] = neighbor.predict(features[test["row"].to_numpy()])
    return names


def name_classifier(classifier: str, recipe: str, weights: str) -> str:
    """Say what was judged, for a figure.

    Args:
        classifier: `probe`, `neighbor` or `recipe`.
        recipe: The recipe's name.
        weights: `imagenet`, `radimagenet`, `none`, or a file.

    Returns:
        A few words; a network without weights is called untrained.
    """
    if classifier == "recipe":
        return f"Recipe {recipe}, trained anew for every split"
    what = "Nearest neighbor" if classifier == "neighbor" else "Linear probe"
    if weights == "none":
        return f"{what} on features of an untrained network ({recipe})"
    known = {"imagenet": "weights: ImageNet", "radimagenet": "weights: RadImageNet"}
    origin = known.get(weights, "weights from a file")
    return f"{what} on frozen features of {recipe} ({origin})"
