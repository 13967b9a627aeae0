"""Label issues: labels that independent judges hold to be wrong, for a person to look at.

Two judges give probabilities: a linear probe on features that no label has touched, which saw
nothing of the image's group, and the trained classifier, which saw the image itself where that is
in `train`. A label is disputed where both predict another class.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

#: The table's columns.
COLUMNS = (
    "rank", "image_id", "source", "split", "label", "suggested", "quality",
    "p_suggested", "probe", "classifier", "disputed", "classifier_saw_it", "copies", "copy_labels",
)  # fmt: skip


def find_label_issues(
    out_of_fold: pd.DataFrame,
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    classes: Sequence[str],
) -> pd.DataFrame:
    """List the labels that are likely wrong, the most doubtful first.

    Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels",
    JAIR 70, 2021, as cleanlab has it.

    Args:
        out_of_fold: As `predict_out_of_fold` makes it.
        predictions: Of the classifier: `image_id`, `split`, `label`, `predicted`, `p_<class>`.
        manifest: All images: `image_id`, `source`, `label`, `copy_of`.
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        A row for every image whose label the probe's confident learning doubts or both judges
        dispute: `quality` (the mean of both judges' probabilities of the label, in [0, 1]) and
        `p_suggested` (the same of the suggested one), what each judge predicts, whether both
        dispute the label, whether the classifier was trained on the image, how many `copies` were
        rejected for it, and their labels as "glioma 2, meningioma 1".

    Raises:
        ValueError: A prediction is of an image that has none out of fold.
    """
    probe = _align(out_of_fold, predictions)
    truth = pd.Index(classes).get_indexer(pd.Index(predictions["label"]))
    judges = [_probabilities(table, classes) for table in (probe, predictions)]
    doubted = _doubt(truth, judges[0])
    others = [probe["predicted"], predictions["predicted"].reset_index(drop=True)]
    labels = predictions["label"].reset_index(drop=True)
    disputed = (others[0] != labels) & (others[1] != labels)
    mean = np.mean(judges, axis=0)
    suggested = _mask(mean, truth).argmax(axis=1)
    rows = np.arange(len(truth))
    table = predictions[["image_id", "split", "label"]].reset_index(drop=True)
    table = table.assign(
        suggested=np.asarray(classes, dtype=object)[suggested],
        quality=mean[rows, truth],
        p_suggested=mean[rows, suggested],
        probe=others[0],
        classifier=others[1],
        disputed=disputed,
        classifier_saw_it=table["split"] == "train",
    )
    table = _add_sources(table[doubted | disputed.to_numpy()], manifest)
    table = table.sort_values(["quality", "image_id"], ignore_index=True)
    return table.assign(rank=range(1, len(table) + 1))[list(COLUMNS)]


def _doubt(truth: npt.NDArray[np.intp], probabilities: Floats) -> npt.NDArray[np.bool_]:
    """Which labels confident learning holds to be wrong."""
    if len(np.unique(truth)) < 2:
        return np.zeros(len(truth), dtype=bool)
    from cleanlab.filter import find_label_issues as doubt  # takes seconds to import

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        return np.asarray(doubt(truth, probabilities, n_jobs=1), dtype=bool)


def _mask(probabilities: Floats, truth: npt.NDArray[np.intp]) -> Floats:
    """The same, without the given class."""
    others = probabilities.copy()
    others[np.arange(len(truth)), truth] = -1
    return others


def _align(out_of_fold: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    places = pd.Index(out_of_fold["image_id"]).get_indexer(pd.Index(predictions["image_id"]))
    if (places < 0).any():
        missing = predictions["image_id"].to_numpy()[places < 0][0]
        raise ValueError(
            f"Expected an out-of-fold prediction of every image, found none of {missing}: they are "
            "of another data set. Evaluate again: kedro run --pipelines evaluation"
        )
    aligned: pd.DataFrame = out_of_fold.iloc[places].reset_index(drop=True)
    return aligned


def _probabilities(table: pd.DataFrame, classes: Sequence[str]) -> Floats:
    return table[[f"p_{label}" for label in classes]].to_numpy(dtype=np.float64)


def _add_sources(table: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Add the source of each image, and how its copies are labeled."""
    source = manifest.set_index("image_id")["source"]
    copies = manifest.dropna(subset=["copy_of"]).groupby("copy_of")["label"]
    labels = copies.apply(_count_labels)
    described: pd.DataFrame = table.assign(
        source=table["image_id"].map(source),
        copies=table["image_id"].map(copies.size()).fillna(0).astype(int),
        copy_labels=table["image_id"].map(labels).fillna("") if len(labels) else "",
    )
    return described


def _count_labels(labels: pd.Series) -> str:
    counts = labels.fillna("unknown").value_counts()
    return ", ".join(f"{label} {n}" for label, n in counts.items())
