"""The price of leakage: what one classifier scores under the protocols that studies use."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.intervals import Kind, make_interval
from brain_tumor_kedro.assessment.judging import KEYS
from brain_tumor_kedro.assessment.resampling import code_groups, draw_weights, effective_groups

#: Test images by their closest tie to training: those with a copy there, those with an image of
#: their group there (a copy or another), and those without.
SUBSETS = {
    "copy": ("copy",),
    "no_copy": ("relative", "none"),
    "relative": ("copy", "relative"),
    "stranger": ("none",),
}

#: Protocols that mix relatives, and the one that they are compared with.
MIXED, APART = ("naive_merge", "copies_removed"), "groups_apart"

#: Draws of the bootstrap over groups.
DRAWS = 2000

#: With fewer groups than this an interval would say more about the method than about the data.
FEWEST_GROUPS = 10


def tabulate_price(
    parts: pd.DataFrame, judged: pd.DataFrame, classes: Sequence[str], seed: int = 0
) -> pd.DataFrame:
    """Score every protocol.

    Accuracy and macro F1 are means over the repeats of a random split. The 95% intervals are those
    of `intervals`, of `DRAWS` bootstrap draws over groups, one set of group weights for all
    repeats. They say how sure the score of these splits is on other groups like these, not how a
    classifier trained on other images would score. Below `FEWEST_GROUPS` there is none.

    Args:
        parts: See `judging.judge_parts`; and `image_id`, `label`, `group_id` and `tie` (`copy`,
            `relative`, `none`; null outside of test).
        judged: What `judge_parts` made of it.
        classes: Class labels in order.
        seed: Of the bootstrap.

    Returns:
        One row per protocol and source: `protocol`, `source` (that is tested, null for all),
        `repeats`, `n_train`, `n_test` (per repeat, on average), `groups` (of the test images of
        all repeats), `tested` and `lacking` (classes tested, and classes that the training lacks,
        joined by commas), `majority` (the share of the most frequent class among the test images:
        what is right where that is always said), `accuracy`, `low`, `high`, `deviation` (the
        standard deviation of the accuracy over the repeats, null for one), `macro_f1`,
        `macro_f1_low`, `macro_f1_high`,
        `copy_share` and `relative_share` (of the test images), and for each of `SUBSETS` `_n`,
        `_accuracy`, `_low` and `_high`. For `MIXED` protocols, `gain` is their accuracy less that
        of `APART`, with `gain_low` and `gain_high` from draws of the groups of both. Null is what
        is not defined.
    """
    tables = judged.groupby(KEYS[:2], dropna=False, sort=False)
    training = parts[parts["part"] != "test"].groupby(KEYS[:2], dropna=False)
    rows = [
        {
            "protocol": keys[0],
            "source": keys[1] if isinstance(keys[1], str) else None,
            **_describe(training.get_group(keys), test, classes),
            **_score(test, classes, seed),
        }
        for keys, test in tables
    ]
    return pd.DataFrame(rows).join(_compare(judged, seed))


def _compare(judged: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What mixed protocols score above the one that keeps groups apart, in the table's order.

    Both test images of the same groups, so each draw weighs these for both.
    """
    names = ["gain", "gain_low", "gain_high"]
    keys = judged[KEYS[:2]].drop_duplicates()
    tests = {name: judged[judged["protocol"] == name] for name in (*MIXED, APART)}
    rows = [
        _weigh_gain(tests[name], tests[APART], seed)
        if name in MIXED and len(tests[APART])
        else dict.fromkeys(names, np.nan)
        for name in keys["protocol"]
    ]
    return pd.DataFrame(rows, columns=names, dtype=float)


def _weigh_gain(mixed: pd.DataFrame, apart: pd.DataFrame, seed: int) -> dict[str, float]:
    both = pd.concat([mixed.assign(mixed=True), apart.assign(mixed=False)], ignore_index=True)
    draws, inside = _draw(both, seed), both["mixed"].to_numpy(dtype=bool)
    change = np.subtract(*(_accuracies(both, part, draws) for part in (inside, ~inside)))
    # The split with fewer groups behind it is the one that is less sure.
    part = min((inside, ~inside), key=lambda part: effective_groups(draws.group, part))
    return _name("gain_", "gain", draws.bound(change, part, "difference"))


def _describe(training: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    repeats = test["repeat"].nunique()
    trained, tested = set(training["label"]), set(test["label"])
    right = test["label"] == test["predicted"]
    return {
        "repeats": repeats,
        "n_train": round(len(training) / repeats),
        "n_test": round(len(test) / repeats),
        "groups": test["group_id"].nunique(),
        "tested": ",".join(label for label in classes if label in tested),
        "lacking": ",".join(label for label in classes if label not in trained),
        "majority": float(test["label"].value_counts(normalize=True).iloc[0]),
        "deviation": float(right.groupby(test["repeat"]).mean().std()),
    }


class _Draws(NamedTuple):
    """Places of the test images, and how often each group is drawn, `(draws, groups)`."""

    group: npt.NDArray[np.intp]
    repeat: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float64]

    def add_up(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Sums `(1 + draws, repeats)` of a number per image; first without weights."""
        shape = self.weights.shape[1], int(self.repeat.max()) + 1
        place = np.ravel_multi_index((self.group, self.repeat), shape)
        sums = np.bincount(place, values, minlength=shape[0] * shape[1]).reshape(shape)
        whole: npt.NDArray[np.float64] = np.vstack([sums.sum(axis=0), self.weights @ sums])
        return whole

    def bound(
        self, values: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], kind: Kind
    ) -> list[float]:
        """An estimate and its interval, of the estimate and what the draws made of it."""
        effective = effective_groups(self.group, inside)
        found = make_interval(float(values[0]), values[1:], effective, kind)
        bounds = np.array([found.value, found.low, found.high], dtype=float)
        if len(np.unique(self.group[inside])) < FEWEST_GROUPS:
            bounds[1:] = np.nan
        return [float(bound) for bound in bounds]


def _draw(test: pd.DataFrame, seed: int) -> _Draws:
    group = code_groups(test["image_id"], test.drop_duplicates("image_id"))
    number = int(group.max()) + 1
    # One set of weights for all repeats: a group is in several of them.
    weights = np.hstack(list(draw_weights(np.arange(number), DRAWS, seed))).T
    return _Draws(group, pd.factorize(test["repeat"])[0], weights)


def _score(test: pd.DataFrame, classes: Sequence[str], seed: int) -> dict[str, Any]:
    draws, every = _draw(test, seed), np.ones(len(test), dtype=bool)
    accuracies = draws.bound(_accuracies(test, every, draws), every, "share")
    f1 = draws.bound(_macro_f1(test, classes, draws), every, "score")
    row = _name("", "accuracy", accuracies) | _name("macro_f1_", "macro_f1", f1)
    tie = test["tie"].to_numpy(dtype=str)
    inside = {name: np.isin(tie, ties) for name, ties in SUBSETS.items()}
    row |= {f"{name}_share": float(inside[name].mean()) for name in ("copy", "relative")}
    for name, chosen in inside.items():
        bounds = draws.bound(_accuracies(test, chosen, draws), chosen, "share")
        row[f"{name}_n"] = round(int(chosen.sum()) / test["repeat"].nunique())
        row |= _name(f"{name}_", f"{name}_accuracy", bounds)
    return row


def _name(prefix: str, first: str, values: Sequence[float]) -> dict[str, Any]:
    return dict(zip((first, f"{prefix}low", f"{prefix}high"), values, strict=True))


def _accuracies(
    test: pd.DataFrame, chosen: npt.NDArray[np.bool_], draws: _Draws
) -> npt.NDArray[np.float64]:
    """The accuracy on chosen images, the mean over repeats: of the data, then of every draw."""
    right = (test["label"] == test["predicted"]).to_numpy() & chosen
    return _mean(_divide(draws.add_up(right), draws.add_up(chosen)))


def _macro_f1(test: pd.DataFrame, classes: Sequence[str], draws: _Draws) -> npt.NDArray[np.float64]:
    """Likewise the mean F1 over the classes that a repeat tests."""
    scores = []
    for label in classes:
        true, found = ((test[column] == label).to_numpy() for column in ("label", "predicted"))
        support, named = draws.add_up(true), draws.add_up(found)
        f1 = _divide(2 * draws.add_up(true & found), support + named)
        scores.append(np.where(support > 0, f1, np.nan))
    return _mean(_mean(np.stack(scores), axis=0))


def _divide(
    part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    empty = np.full_like(whole, np.nan, dtype=np.float64)
    return np.divide(part, whole, out=empty, where=whole > 0)


def _mean(values: npt.NDArray[np.float64], axis: int = -1) -> npt.NDArray[np.float64]:
    """The mean of what is defined; NaN where nothing is."""
    mean = np.ma.masked_invalid(values).mean(axis=axis)
    return np.asarray(np.ma.filled(mean, np.nan), dtype=np.float64)
