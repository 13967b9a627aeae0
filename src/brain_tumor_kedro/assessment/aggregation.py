"""From slices to patients: what the probabilities of a patient's slices say together.

Five rules that learn nothing. Votes, mean and attention are those of the second study of glioma
grade: a vote of the slices' labels, the mean probability, and a mean whose weights are the softmax
of the probabilities themselves. Entropy and the largest ones are beyond it.

The attention of that study is no learned one. Its weights grow with the probability that they
weigh, so its probability is never below the mean (Chebyshev's sum inequality): at one threshold it
finds every patient that the mean finds, and perhaps more false alarms.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, Strict

from brain_tumor_kedro.assessment.patients import Array, Patients, gather_patients

#: The rules, in the order in which they are told, and what each does.
STRATEGIES: Mapping[str, str] = {
    "majority": "Each slice votes for a class; the probability is the share of positive votes.",
    "soft": "The mean of the slices' probabilities.",
    "attention": "The mean of the slices' probabilities, weighted by their softmax.",
    "entropy": "The mean of the slices' probabilities, the undecided ones counting less.",
    "top_k": "The mean of the largest probabilities only.",
}

#: Weights below are none.
NO_WEIGHT = 1e-12


class Aggregation(BaseModel):
    """How slices are put together.

    Attributes:
        top_k: How many of the largest probabilities count: a whole number of slices, or a share of
            the patient's slices (rounded up), written with a point: 1.0 is all of them. A patient
            with fewer slices counts with all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_k: Annotated[int, Strict(), Field(ge=1)] | Annotated[float, Strict(), Field(gt=0, le=1)] = (
        0.25
    )


def aggregate(
    predictions: pd.DataFrame,
    patient_of: pd.Series,
    classes: Sequence[str],
    positive: Sequence[str],
    settings: Aggregation | None = None,
) -> pd.DataFrame:
    """Say for every patient what each strategy makes of the slices.

    Args:
        predictions: `image_id`, `split`, `label`, and `p_<class>` of each class.
        patient_of: The patient of every image, by `image_id`.
        classes: The two class labels, in the order of the classifier's outputs.
        positive: The one of them that counts as positive, such as `Task.positive`.
        settings: How slices are put together; None is the defaults.

    Returns:
        `strategy` (in the order of `STRATEGIES`), `patient_id`, `split`, `label`, `slices`,
        `predicted`, and `p_<class>` in [0, 1]: one row for each patient and strategy, patients in
        the order of the splits and of their names. A patient is positive from a probability of
        0.5 on. The rows of the predictions may come in any order.

    Raises:
        ValueError: See `patients.gather_patients`.
    """
    return aggregate_patients(gather_patients(predictions, patient_of, classes, positive), settings)


def aggregate_patients(patients: Patients, settings: Aggregation | None = None) -> pd.DataFrame:
    """Do what `aggregate` does, with slices that are gathered already."""
    chosen = settings or Aggregation()
    rules: dict[str, Callable[[Patients], Array]] = {
        "majority": _vote,
        "soft": _average,
        "attention": _attend,
        "entropy": _weigh_by_certainty,
        "top_k": lambda slices: _average_largest(slices, chosen.top_k),
    }
    tables = [patients.tabulate(name, rules[name](patients)) for name in STRATEGIES]
    return pd.concat(tables, ignore_index=True)


def _vote(patients: Patients) -> Array:
    return patients.average(patients.positive_slices.astype(float))


def _average(patients: Patients) -> Array:
    return patients.average(patients.probabilities)


def _attend(patients: Patients) -> Array:
    return patients.average(patients.probabilities, np.exp(patients.probabilities))


def _weigh_by_certainty(patients: Patients) -> Array:
    """Weigh each slice by 1 minus its entropy in bits; without any weight, take the mean."""
    weights = 1 - _entropy(patients.probabilities)
    weights[weights < NO_WEIGHT] = 0.0
    nothing = ~np.maximum.reduceat(weights > 0, patients.starts)
    weights[nothing[patients.codes]] = 1.0
    return patients.average(patients.probabilities, weights)


def _entropy(probabilities: Array) -> Array:
    both = np.stack([probabilities, 1 - probabilities])
    logs = np.log2(both, out=np.zeros_like(both), where=both > 0)
    return np.asarray(-(both * logs).sum(axis=0))


def _average_largest(patients: Patients, top_k: float) -> Array:
    counts = patients.counts
    wanted = np.full(len(counts), top_k) if isinstance(top_k, int) else _share(counts, top_k)
    inside = patients.ranks < wanted[patients.codes]
    return patients.average(patients.probabilities, inside.astype(float))


def _share(counts: npt.NDArray[np.intp], share: float) -> npt.NDArray[np.float64]:
    # 0.2 of 15 is 3, and not the 4 that rounding makes of 3.0000000000000004.
    return np.asarray(np.maximum(np.ceil(counts * share - NO_WEIGHT), 1))
