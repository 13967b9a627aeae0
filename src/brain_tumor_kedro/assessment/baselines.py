"""Baselines: what takes no training of a network, and every classifier should beat."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.probe import fit_probe, probe_probabilities
from brain_tumor_kedro.tasks import SCORED

#: By name: what each baseline does.
BASELINES = {
    "majority": "always says the most frequent class of the training images",
    "linear_probe": "logistic regression on features of the backbone before any training",
}


def predict_baselines(
    features: pd.DataFrame, manifest: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """Predict every split with baselines that are fitted on the training images.

    Args:
        features: Of the backbone before training, columns `image_id`, `f0`, `f1`, ….
        manifest: Kept images: columns `image_id`, `split`, `label`.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        `baseline`, `image_id`, `split`, `label`, `predicted` and `p_<class>` for every class: the
        images of every split and held-out source in the manifest's order, for each baseline.

    Raises:
        ValueError: An image has no features, or the training images are not of two classes.
    """
    rows = manifest[manifest["split"].isin(SCORED)].reset_index(drop=True)
    train = (rows["split"] == "train").to_numpy()
    if rows.loc[train, "label"].nunique() < 2:
        raise ValueError(
            "Expected training images of at least two classes, found "
            f"{sorted(rows.loc[train, 'label'].unique())}. Curate again, with more training images."
        )
    values = take_features(features, rows["image_id"])
    truth = pd.Index(classes).get_indexer(pd.Index(rows["label"]))
    probe = fit_probe(values[train], truth[train])
    probabilities = {
        "majority": _frequencies(truth, train, len(classes)),
        "linear_probe": probe_probabilities(probe, values, len(classes)),
    }
    tables = [
        tabulate_probabilities(rows, probabilities[name], classes).assign(baseline=name)
        for name in BASELINES
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["baseline", *table.columns.drop("baseline")]]


def tabulate_probabilities(
    rows: pd.DataFrame, probabilities: np.ndarray, classes: Sequence[str]
) -> pd.DataFrame:
    """Put probabilities into a table like that of the classifier's predictions.

    Args:
        rows: Columns `image_id`, `split`, `label`; n rows.
        probabilities: Float, shape (n, classes).
        classes: Class labels, in the order of the columns.

    Returns:
        `image_id`, `split`, `label`, `predicted` (the most probable class) and `p_<class>`.
    """
    table = pd.DataFrame(rows[["image_id", "split", "label"]])
    table["predicted"] = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    for number, label in enumerate(classes):
        table[f"p_{label}"] = probabilities[:, number]
    return table


def _frequencies(
    truth: npt.NDArray[np.intp], train: npt.NDArray[np.bool_], classes: int
) -> npt.NDArray[np.float64]:
    """The share of each class among the training images, once for every image."""
    shares = np.bincount(truth[train], minlength=classes) / train.sum()
    return np.tile(shares, (len(truth), 1))
