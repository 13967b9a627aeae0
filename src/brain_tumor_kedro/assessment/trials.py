"""Trials: which images are shown to the classifier once more, and how they are changed before."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.masking import NO_BACKGROUND, NO_HEAD, WHOLE
from brain_tumor_kedro.assessment.robustness import CLEAN
from brain_tumor_kedro.assessment.spread_sample import spread_sample


def choose_images(
    predictions: pd.DataFrame, manifest: pd.DataFrame, split: str, images: int, seed: int
) -> pd.DataFrame:
    """Choose images of a split, as even over classes as can be.

    Args:
        predictions: Columns `image_id`, `split`, `label`, `predicted`.
        manifest: Columns `image_id`, `source`, `group_id`, `row`.
        split: The split to choose from.
        images: How many, at most.
        seed: Of the choice.

    Returns:
        `image_id`, `label`, `predicted`, `source`, `group_id`, `row`.

    Raises:
        ValueError: The split has no predictions, or one of an image that the manifest lacks.
    """
    there = predictions.loc[predictions["split"] == split, ["image_id", "label", "predicted"]]
    if there.empty:
        raise ValueError(
            f"Expected predictions of the split {split!r} to change images of, found none. Give "
            "the split a share of the images and curate, train and evaluate again."
        )
    known = manifest[["image_id", "source", "group_id", "row"]]
    rows = there.merge(known, on="image_id", how="left", validate="one_to_one")
    if rows["row"].isna().any():
        missing = rows.loc[rows["row"].isna(), "image_id"].iloc[0]
        raise ValueError(f"Expected predictions of the manifest's images, found one of {missing}.")
    return spread_sample(rows, ["label"], images, seed).reset_index(drop=True)


def choose_examples(chosen: pd.DataFrame, by: Sequence[str], each: int) -> pd.DataFrame:
    """Choose images to be shown, right ones first: they show what the others were like.

    Args:
        chosen: As `choose_images` makes it.
        by: The columns that make the strata, such as `source`.
        each: Images of each stratum.

    Returns:
        Rows of `chosen`, stratum after stratum.
    """
    right = (chosen["label"] == chosen["predicted"]).rename("right")
    order = chosen.assign(right=right).sort_values("right", ascending=False, kind="stable")
    found: pd.DataFrame = order.groupby(list(by), sort=True).head(each).drop(columns="right")
    return found.sort_values(list(by), kind="stable")


def plan_corruptions(
    chosen: pd.DataFrame, corruptions: Sequence[str], severities: Sequence[int]
) -> pd.DataFrame:
    """List what is to be predicted: every image under every corruption in every severity.

    Args:
        chosen: As `choose_images` makes it.
        corruptions: Their names.
        severities: From 1.

    Returns:
        `image_id`, `label`, `row`, `corruption`, `severity`.
    """
    conditions = pd.DataFrame(
        [(name, severity) for name in corruptions for severity in severities],
        columns=["corruption", "severity"],
    )
    plan: pd.DataFrame = conditions.merge(chosen[["image_id", "label", "row"]], how="cross")
    return plan


def plan_masking(chosen: pd.DataFrame) -> pd.DataFrame:
    """List what is to be predicted: every image without the head, and without the rest.

    Args:
        chosen: As `choose_images` makes it.

    Returns:
        `image_id`, `label`, `row`, `masking`.
    """
    maskings = pd.DataFrame({"masking": [NO_HEAD, NO_BACKGROUND]})
    plan: pd.DataFrame = maskings.merge(chosen[["image_id", "label", "row"]], how="cross")
    return plan


def add_predictions(
    plan: pd.DataFrame,
    probabilities: np.ndarray,
    chosen: pd.DataFrame,
    classes: Sequence[str],
    unchanged: Mapping[str, str | int],
) -> pd.DataFrame:
    """Put what was predicted of changed images behind what was predicted of them as they are.

    Args:
        plan: As planned.
        probabilities: Float, shape (len(plan), classes).
        chosen: As `choose_images` makes it.
        classes: Class labels in the order of the outputs.
        unchanged: What the plan's own columns say of images as they are.

    Returns:
        `image_id`, the plan's own columns, `label`, `predicted` and `p_<class>`, which is missing
        where the image is as it is.
    """
    changed = plan.drop(columns="row")
    changed["predicted"] = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    for number, label in enumerate(classes):
        changed[f"p_{label}"] = probabilities[:, number]
    before = chosen[["image_id", "label", "predicted"]].assign(**unchanged)
    table = pd.concat([before, changed], ignore_index=True)
    columns = ["image_id", *unchanged, "label", "predicted"]
    return table[[*columns, *(f"p_{label}" for label in classes)]]


#: What tables say of images as they are.
UNCORRUPTED: Mapping[str, str | int] = {"corruption": CLEAN, "severity": 0}
UNMASKED: Mapping[str, str | int] = {"masking": WHOLE}
