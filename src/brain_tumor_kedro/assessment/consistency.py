"""Whether what a report puts together belongs together.

A run can be interrupted between two files that it writes, and files can be deleted. What is left
then looks whole: the newest version of each file, of different runs.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from brain_tumor_kedro.assessment.metrics import score_splits

#: Where a figure's PNG names the data set or the classifier that it shows.
STAMP = "Source"


def require_same_data(curation_summary: Mapping[str, Any], manifest_digest: str) -> None:
    """Stop where the summary of curation is not of the present manifest.

    Raises:
        ValueError: Says which digests differ and what to do.
    """
    found = curation_summary.get("manifest_digest")
    if found != manifest_digest:
        raise ValueError(
            f"The curation summary is of manifest {found}, the present manifest is "
            f"{manifest_digest}: a curation was interrupted. Curate again: kedro run --pipelines "
            "curation"
        )


def require_same_classifier(
    predictions: pd.DataFrame,
    metrics: Mapping[str, Any],
    training_summary: Mapping[str, Any],
    classes: Sequence[str],
    positive: Sequence[str] = (),
) -> None:
    """Stop where predictions or scores are not those of the classifier that was trained last.

    Args:
        predictions: With the classifier's `fingerprint` in `attrs`.
        metrics: As `score_splits` makes them.
        training_summary: With `fingerprint`.
        classes: Class labels in the order of the classifier's outputs.
        positive: The labels that count as positive, as for `score_splits`.

    Raises:
        ValueError: Says what does not fit and what to do.
    """
    stale = predictions.attrs.get("fingerprint") != training_summary["fingerprint"]
    if stale or score_splits(predictions, classes, positive) != metrics:
        what = "predictions" if stale else "scores"
        raise ValueError(
            f"The {what} are not of the classifier that was trained last: an evaluation was "
            "interrupted or left out. Evaluate again: kedro run --pipelines evaluation"
        )


def require_table_by(name: str, table: pd.DataFrame, fingerprint: str) -> None:
    """Stop where a table is of another classifier.

    Args:
        name: Of the table.
        table: With the classifier's `fingerprint` in `attrs`.
        fingerprint: Of the classifier that was trained last.

    Raises:
        ValueError: Says what was expected and found.
    """
    found = table.attrs.get("fingerprint")
    if found != fingerprint:
        raise ValueError(
            f"The table {name} is not of the classifier that was trained last: expected "
            f"{fingerprint}, found {found}. Evaluate again: kedro run --pipelines evaluation"
        )


def require_whole_history(history: pd.DataFrame, training_summary: Mapping[str, Any]) -> None:
    """Stop where the history is of another training, or cut short.

    Raises:
        ValueError: Says how many epochs were expected and found.
    """
    if len(history) != training_summary["epochs"]:
        raise ValueError(
            f"Expected a history of {training_summary['epochs']} epochs, found {len(history)}: a "
            "training was interrupted. Train again: kedro run --pipelines training"
        )


def stamp_figures(figures: Iterable[Figure], stamp: str) -> None:
    """Let figures say what they show, for `require_figure_of` to read in their PNG files.

    Args:
        figures: Not yet saved.
        stamp: The digest of the data set or the fingerprint of the classifier.
    """
    for figure in figures:
        figure.set_label(stamp)


def require_figure_of(name: str, png: bytes, stamp: str) -> None:
    """Stop where a figure is broken, or shows other data or another classifier.

    Args:
        name: Of the figure.
        png: Its file.
        stamp: What it must say it shows.

    Raises:
        ValueError: Says what was expected and found.
    """
    try:
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            found = image.info.get(STAMP, "nothing")
    except OSError as error:
        raise ValueError(_of_another(name, f"a broken file ({error})")) from error
    if found != stamp:
        raise ValueError(_of_another(name, f"one of {found}, expected {stamp}"))


def require_table_of(name: str, table: pd.DataFrame, manifest_digest: str) -> None:
    """Stop where a table is of another data set.

    Args:
        name: Of the table.
        table: With `manifest_digest`; one without rows fits any data set.
        manifest_digest: Of the data set that is reported.

    Raises:
        ValueError: Says what was expected and found.
    """
    others = set(table["manifest_digest"]) - {manifest_digest}
    if others:
        found = f"one of {others.pop()}, expected {manifest_digest}"
        raise ValueError(_of_another(name, found, "table"))


def require_theme_of(name: str, theme: Mapping[str, Any], fingerprint: str) -> None:
    """Stop where what a part of the evaluation found is of another classifier.

    Args:
        name: Of the part.
        theme: What it found, with `fingerprint`.
        fingerprint: Of the classifier that is reported.

    Raises:
        ValueError: Says what was expected and found.
    """
    found = theme.get("fingerprint", "nothing")
    if found != fingerprint:
        raise ValueError(_of_another(name, f"one of {found}, expected {fingerprint}", "part"))


def describe_features(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Say of which untrained network features are.

    Args:
        recipe: The fields of a recipe.

    Returns:
        Its `backbone`, `weights`, `image_size` and `pooling`, and its `contract` where it is not
        the backbone's own.
    """
    keys = ("backbone", "weights", "image_size")
    contract = {"contract": recipe["contract"]} if recipe.get("contract") else {}
    pooling = recipe["head"]["pooling"]
    return {**{key: recipe[key] for key in keys}, "pooling": pooling, **contract}


def require_features_of(
    features: pd.DataFrame, training_summary: Mapping[str, Any], manifest_digest: str
) -> None:
    """Stop where frozen features are of another data set, or of another recipe's backbone.

    Args:
        features: With `manifest_digest` and what `describe_features` says in `attrs`.
        training_summary: With `recipe` and `task`.
        manifest_digest: Of the present manifest.

    Raises:
        ValueError: Says what was expected and found, and what to do.
    """
    expected = {
        "manifest_digest": manifest_digest,
        **describe_features(training_summary["recipe"]),
    }
    told = dict.fromkeys((*expected, "contract"))
    differing = [key for key in told if features.attrs.get(key) != expected.get(key)]
    if differing:
        key = differing[0]
        raise ValueError(
            f"The frozen features are of {key.replace('_', ' ')} {features.attrs.get(key)}, "
            f"expected {expected.get(key)}: a training was interrupted before it computed them. "
            f"Compute them: kedro run --nodes {training_summary['task']}.compute_frozen_features"
        )


def require_predictions_of(
    tables: Mapping[str, pd.DataFrame], training_summary: Mapping[str, Any], manifest_digest: str
) -> None:
    """Stop where tables of predictions or features are not of the classifier and the data set.

    Args:
        tables: By name, with the classifier's `fingerprint` in `attrs`.
        training_summary: With `fingerprint` and `manifest_digest`.
        manifest_digest: Of the present manifest.

    Raises:
        ValueError: Says what does not fit and what to do.
    """
    if training_summary["manifest_digest"] != manifest_digest:
        raise ValueError(
            f"The classifier was trained on manifest {training_summary['manifest_digest']}, the "
            f"present one is {manifest_digest}. Train again: kedro run --pipelines training"
        )
    for name, table in tables.items():
        if table.attrs.get("fingerprint") != training_summary["fingerprint"]:
            raise ValueError(
                f"The {name} are not of the classifier that was trained last: an evaluation was "
                f"interrupted or left out. Evaluate again: kedro run --pipelines evaluation"
            )


def require_predicted_on(
    predictions: pd.DataFrame, training_summary: Mapping[str, Any], manifest_digest: str
) -> None:
    """Stop where predictions, or the training before them, are of another data set.

    Args:
        predictions: With the `manifest_digest` of what was predicted in `attrs`.
        training_summary: With `fingerprint` and `manifest_digest`.
        manifest_digest: Of the present manifest.

    Raises:
        ValueError: Says what does not fit and what to do.
    """
    require_predictions_of({"predictions": predictions}, training_summary, manifest_digest)
    found = predictions.attrs.get("manifest_digest")
    if found != manifest_digest:
        raise ValueError(
            f"The predictions are of manifest {found}, the present one is {manifest_digest}: it "
            "was curated again since. Evaluate again: kedro run --pipelines evaluation"
        )


def _of_another(name: str, found: str, what: str = "figure") -> str:
    return (
        f"The {what} {name} is not of the present run: found {found}. A run was interrupted. "
        "Run all again: kedro run"
    )
