"""The slices of every patient, sorted and checked once, so that every strategy is a few sums."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.outcome import SUM_TOLERANCE, require_columns
from brain_tumor_kedro.tasks import SCORED

Array = npt.NDArray[np.float64]

#: From which probability on a slice or a patient is positive.
THRESHOLD = 0.5

#: Probabilities that differ by less are the same but for rounding: a tie stays one.
ROUNDING = 1e-9


class Patients(NamedTuple):
    """Slices by patient, and in a patient by falling probability of the positive class.

    Attributes:
        about: One row for each patient: `patient_id`, `split`, `label`, `slices`.
        classes: The two class labels.
        positive: The positive one.
        image_ids: Of the slices, n of them.
        probabilities: Of being positive, float64, shape (n,), in [0, 1].
        codes: Row in `about` of every slice, int, shape (n,), never falling.
        starts: Place of each patient's first slice, int, shape (patients,).
    """

    about: pd.DataFrame
    classes: tuple[str, ...]
    positive: str
    image_ids: npt.NDArray[np.object_]
    probabilities: Array
    codes: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    @property
    def counts(self) -> npt.NDArray[np.intp]:
        """How many slices each patient has, shape (patients,)."""
        return np.diff(np.append(self.starts, len(self.codes)))

    @property
    def ranks(self) -> npt.NDArray[np.intp]:
        """Place of every slice in its patient, from 0, the most probable first, shape (n,)."""
        return np.arange(len(self.codes)) - self.starts[self.codes]

    @property
    def positive_slices(self) -> npt.NDArray[np.bool_]:
        """Which slices are positive by themselves, shape (n,)."""
        return self.probabilities >= THRESHOLD - ROUNDING

    def average(self, values: Array, weights: Array | None = None) -> Array:
        """Average values over the slices of each patient.

        Args:
            values: Of the slices, shape (n,).
            weights: Of the slices, shape (n,), not all of a patient zero; None is all alike.

        Returns:
            Shape (patients,), never outside the values of the patient.
        """
        given = np.ones(len(values)) if weights is None else weights
        total = np.add.reduceat(given, self.starts)
        mean = np.add.reduceat(values * given, self.starts) / total
        low, high = (end.reduceat(values, self.starts) for end in (np.minimum, np.maximum))
        return np.asarray(np.clip(mean, low, high))

    def tabulate(self, strategy: str, probabilities: Array) -> pd.DataFrame:
        """Write down what a strategy says of every patient.

        Args:
            strategy: Its name.
            probabilities: Of being positive, shape (patients,), in [0, 1].

        Returns:
            `strategy`, the columns of `about`, `predicted`, and `p_<class>`.
        """
        other = next(label for label in self.classes if label != self.positive)
        said = {self.positive: probabilities, other: 1 - probabilities}
        chosen = np.where(probabilities >= THRESHOLD - ROUNDING, self.positive, other)
        table = self.about.assign(
            predicted=chosen.astype(object), **{f"p_{label}": said[label] for label in self.classes}
        )
        table.insert(0, "strategy", strategy)
        return table


def gather_patients(
    predictions: pd.DataFrame,
    patient_of: pd.Series,
    classes: Sequence[str],
    positive: Sequence[str],
) -> Patients:
    """Sort the slices by patient.

    Args:
        predictions: As for `aggregation.aggregate`.
        patient_of: As for `aggregation.aggregate`.
        classes: As for `aggregation.aggregate`.
        positive: As for `aggregation.aggregate`.

    Returns:
        The slices by patient; the order of the predictions does not matter.

    Raises:
        ValueError: There are not two classes with one positive; there are no predictions, or two
            of one image; a slice has no patient or no probability; or a patient has two labels
            or lies in two splits.
    """
    label = require_two_classes(classes, positive)
    _check_table(predictions, classes)
    rows = predictions[["image_id", "split", "label"]].assign(
        patient_id=_find_patients(predictions["image_id"], patient_of),
        p=_probabilities(predictions, classes, label),
    )
    about = _describe(rows)
    codes = about.index.get_indexer(pd.Index(rows["patient_id"])).astype(np.intp)
    order = np.lexsort((-rows["p"].to_numpy(), codes))
    codes = codes[order]
    return Patients(
        about.reset_index(),
        tuple(classes),
        label,
        rows["image_id"].to_numpy(dtype=object)[order],
        rows["p"].to_numpy()[order],
        codes,
        np.flatnonzero(np.diff(codes, prepend=-1)),
    )


def require_two_classes(classes: Sequence[str], positive: Sequence[str]) -> str:
    """Make sure that there are two classes, and name the positive one.

    Args:
        classes: Class labels.
        positive: The labels that count as positive.

    Raises:
        ValueError: There are more or fewer classes, or not one of them is positive.
    """
    labels = (positive,) if isinstance(positive, str) else tuple(positive)
    if len(set(classes)) != 2 or len(classes) != 2 or len(labels) != 1 or labels[0] not in classes:
        raise ValueError(
            "Expected two classes, one of them positive, to put the slices of a patient together, "
            f"received the classes {list(classes)} with {list(labels)} as positive. A task whose "
            "unit is the patient needs both, see tasks.py."
        )
    return str(labels[0])


def _check_table(predictions: pd.DataFrame, classes: Sequence[str]) -> None:
    expected = ["image_id", "split", "label", *(f"p_{label}" for label in classes)]
    require_columns(predictions, expected)
    if predictions.empty:
        raise ValueError("Expected the predictions of at least one slice, received none.")
    for column, known in (("split", SCORED), ("label", classes)):
        unknown = predictions.loc[~predictions[column].isin(list(known)), column].unique()
        if len(unknown):
            raise ValueError(
                f"Expected only {list(known)} in the column {column!r} of the predictions, "
                f"received also {unknown[:5].tolist()}."
            )
    twice = predictions["image_id"].duplicated()
    if twice.any():
        raise ValueError(
            f"Expected one prediction for each image, received {int(twice.sum())} more, such as "
            f"{predictions.loc[twice, 'image_id'].iloc[0]!r}."
        )


def _find_patients(image_ids: pd.Series, patient_of: pd.Series) -> pd.Series:
    if patient_of.index.has_duplicates:
        again = patient_of.index[patient_of.index.duplicated()][0]
        raise ValueError(f"Expected one patient for each image, received two rows of {again!r}.")
    patients = image_ids.map(patient_of)
    unknown = patients.isna()
    if unknown.any():
        raise ValueError(
            f"Expected the patient of every image, {int(unknown.sum())} have none, such as "
            f"{image_ids[unknown].iloc[0]!r}. Predict again with the present manifest, whose "
            "images need a patient_id."
        )
    return patients


def _probabilities(predictions: pd.DataFrame, classes: Sequence[str], positive: str) -> Array:
    columns = [f"p_{label}" for label in classes]
    both = predictions[columns].to_numpy(dtype=np.float64, na_value=np.nan)
    total = both.sum(axis=1)
    good = ((both >= 0) & (both <= 1 + SUM_TOLERANCE)).all(axis=1)
    good &= np.abs(total - 1) <= SUM_TOLERANCE
    if not good.all():
        place = int(np.flatnonzero(~good)[0])
        raise ValueError(
            f"Expected probabilities in [0, 1] that sum to one over {list(classes)}, received "
            f"{both[place].tolist()} for {predictions['image_id'].iloc[place]!r} and "
            f"{int((~good).sum()) - 1} more such rows. Check that the classifier's output is "
            "finite."
        )
    return np.asarray(both[:, list(classes).index(positive)] / total)


def _describe(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each patient, by split and name; all slices of one must agree."""
    groups = rows.groupby("patient_id", sort=True)
    for column in ("split", "label"):
        several = rows[["patient_id", column]].drop_duplicates()["patient_id"]
        again = several[several.duplicated()].unique()
        if len(again):
            of = rows.loc[rows["patient_id"] == again[0], column].unique().tolist()
            raise ValueError(
                f"Expected one {column} for each patient, found {len(again)} patients with "
                f"several, such as {again[0]!r} with {of}. Curate again: the slices of a patient "
                "belong together."
            )
    about = groups[["split", "label"]].first()
    about.insert(2, "slices", groups.size())
    place = about["split"].map({split: place for place, split in enumerate(SCORED)})
    return about.loc[place.sort_values(kind="stable").index]
