"""Out-of-fold predictions: every image judged by a probe that saw nothing of its group."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from brain_tumor_kedro.assessment.baselines import tabulate_probabilities
from brain_tumor_kedro.assessment.feature_table import take_features
from brain_tumor_kedro.assessment.probe import fit_probe, probe_probabilities

Indices = npt.NDArray[np.intp]


def predict_out_of_fold(
    features: pd.DataFrame,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    folds: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Predict every image with a linear probe that was fitted on other groups alone.

    Args:
        features: Of a network that has seen none of the labels: `image_id`, `f0`, `f1`, ….
        manifest: Kept images: columns `image_id`, `label`, `group_id`.
        classes: Class labels in the order of the columns.
        folds: Into how many parts the groups are dealt; fewer where there are fewer groups.
        seed: Of the dealing.

    Returns:
        `image_id`, `label`, `predicted` and `p_<class>` for every class, in the manifest's order.
        Where what is left to learn from has one class or none, the probabilities are its
        frequencies, or all the same.

    Raises:
        ValueError: An image has no features.
    """
    values = take_features(features, manifest["image_id"])
    truth = pd.Index(classes).get_indexer(pd.Index(manifest["label"]))
    groups = manifest["group_id"].fillna(manifest["image_id"])
    probabilities = np.full((len(truth), len(classes)), 1 / len(classes))
    for learned, judged in deal_groups(truth, groups.to_numpy(), folds, seed):
        if len(np.unique(truth[learned])) > 1:
            probe = fit_probe(values[learned], truth[learned])
            probabilities[judged] = probe_probabilities(probe, values[judged], len(classes))
        else:
            probabilities[judged] = np.eye(len(classes))[truth[learned][0]]
    table = tabulate_probabilities(manifest.assign(split=None), probabilities, classes)
    return table.drop(columns="split")


def deal_groups(
    truth: Indices, groups: npt.NDArray[np.object_], folds: int, seed: int
) -> Iterator[tuple[Indices, Indices]]:
    """Deal groups into folds with classes as even as they can be.

    Args:
        truth: Index of the class, shape (n,).
        groups: Of each image, shape (n,).
        folds: How many at most.
        seed: Of the dealing.

    Yields:
        Where the images to learn from lie, and those to judge; both have some. Nothing where all
        images are of one group.
    """
    folds = min(folds, len(set(groups)), int(np.bincount(truth).max()) if len(truth) else 0)
    if folds < 2:
        return
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class may have fewer images than there are folds: it is then missing in some.
        warnings.filterwarnings("ignore", message="The least populated class")
        parts = list(splitter.split(truth, truth, groups))
    yield from ((learned, judged) for learned, judged in parts if len(judged) and len(learned))
