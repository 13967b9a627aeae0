"""From a point of a study to a checked recipe, and to the images that it is trained on."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from brain_tumor_kedro.imaging.folds import split_by_folds
from brain_tumor_kedro.imaging.splitting import SplitSettings, split_images
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.studies.cells import Cell, Resolved
from brain_tumor_kedro.studies.overrides import override
from brain_tumor_kedro.studies.search_space import Data, Folds, StudySettings, require_known

#: What a recipe's weights are where they are no path.
WORDS = ("imagenet", "radimagenet", "published", "none")


class Resolver:
    """Makes recipes of a study's points; a `studies.cells.Resolve`."""

    def __init__(
        self,
        settings: StudySettings,
        recipes: Recipes,
        pretrained: Pretrained,
        sources: Sequence[str],
    ) -> None:
        """Name the study, what it can choose from, and the sources that the manifest has."""
        self._settings = settings
        self._recipes = recipes
        self._pretrained = pretrained
        self._sources = tuple(sources)

    def __call__(self, name: str, recipe: Mapping[str, Any], data: Mapping[str, Any]) -> Resolved:
        """Change fields of a recipe and of the data, and check both.

        Args:
            name: Of the recipe.
            recipe: What to change in it, by dotted fields.
            data: What to change in the study's data.

        Returns:
            All fields of both.

        Raises:
            ValueError: Says what does not fit.
        """
        try:
            chosen = self._recipes.choose(name).model_dump(mode="json")
            checked = Recipe.model_validate(override(chosen, recipe))
            fields = self._resolve_data(data)
        except ValidationError as error:
            raise ValueError(_in_short(error)) from None
        weights = identify_weights(checked, self._pretrained)
        return Resolved(checked.model_dump(mode="json"), fields, weights)

    def _resolve_data(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        fields = override(self._settings.data.model_dump(mode="json"), changes)
        data = Data.model_validate(fields)
        for source in data.sources or ():
            require_known("source", source, self._sources)
        split = data.split and SplitSettings.model_validate(data.split).model_dump(mode="json")
        return {"sources": data.sources and sorted(data.sources), "split": split or None}


def identify_weights(recipe: Recipe, pretrained: Pretrained) -> str:
    """Say which file pretrained weights are, where they are one.

    Args:
        recipe: Its weights and its backbone.
        pretrained: Where weights lie that Keras does not fetch.

    Returns:
        Its SHA-256 in hexadecimal, empty where there is no file.
    """
    if recipe.weights not in WORDS:
        return _hash_file(Path(recipe.weights).expanduser())
    folder = pretrained.weights_dir
    if recipe.spec.pretraining != "radimagenet" or recipe.weights == "none" or not folder:
        return ""
    files = [Path(folder).expanduser() / name for name in recipe.spec.files]
    return next((_hash_file(path) for path in files if path.is_file()), "")


def part_images(manifest: pd.DataFrame, cell: Cell, folds: Folds) -> pd.DataFrame:
    """Choose a cell's images, and split them as it asks for.

    Args:
        manifest: Of the task.
        cell: Its data and its fold.
        folds: Of the study.

    Returns:
        The rows of the chosen images, kept or not, with the cell's `split`.

    Raises:
        ValueError: Where the images cannot be split so.
    """
    sources, split = cell.data["sources"], cell.data["split"]
    rows = manifest[manifest["source"].isin(sources)] if sources else manifest
    if split:
        # As if these images were the first: what earlier manifests hold would shape the split.
        nothing = manifest.iloc[:0].assign(version="")
        rows = split_images(rows, nothing, SplitSettings.model_validate(split))
    if cell.fold is None:
        return rows
    return split_by_folds(
        rows,
        folds.count,
        cell.fold,
        cell.repeat,
        folds.seed,
        over=folds.over,
        val_fraction=folds.val_fraction,
    )


def _in_short(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'recipe'}: {each['msg']}" for each in error.errors()
    )


def _hash_file(path: Path) -> str:
    if not path.is_file():
        return "missing"  # which the training says better; the file makes another cell of it
    stat = path.stat()
    return _hash_content(path, stat.st_size, stat.st_mtime_ns)


@cache
def _hash_content(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
