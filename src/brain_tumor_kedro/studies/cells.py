"""Cells: one training each, known by a hash of everything that decides its result."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brain_tumor_kedro.studies.points import Point, split_point
from brain_tumor_kedro.studies.search_space import StudySettings

#: Counted up where the same settings give another result: cells of before are run again.
ENGINE = 1


@dataclass(frozen=True)
class Resolved:
    """What a point comes to.

    Attributes:
        recipe: All fields of the recipe, as JSON holds them.
        data: All fields of the data.
        weights: What identifies the pretrained weights where they are a file; else empty.
    """

    recipe: Mapping[str, Any]
    data: Mapping[str, Any]
    weights: str = ""


#: Makes a checked recipe of a name, changes of the recipe and changes of the data, or ValueError.
Resolve = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Resolved]


@dataclass(frozen=True)
class Cell:
    """A training of a study.

    Attributes:
        id: 16 hexadecimal digits; the same for the same recipe, seed, split and data.
        point: One value for every key of the space.
        recipe_name: Of the recipe that the point begins with.
        recipe: All fields of the recipe, as JSON holds them.
        data: All fields of the data.
        seed: Of the training.
        repeat: Which dealing of the folds, from 0.
        fold: Which fold is the test split, from 0; None is the manifest's split.
    """

    id: str
    point: Point
    recipe_name: str
    recipe: Mapping[str, Any]
    data: Mapping[str, Any]
    seed: int
    repeat: int = 0
    fold: int | None = None

    @property
    def title(self) -> str:
        """What tells it apart from the others of its study, in words."""
        values = ", ".join(str(value) for value in self.point.values())
        folds = "" if self.fold is None else f", repeat {self.repeat}, fold {self.fold}"
        return f"{values}, seed {self.seed}{folds}"


class CellPlanner:
    """Makes cells of points, all on one data set."""

    def __init__(self, settings: StudySettings, resolve: Resolve, about: Mapping[str, Any]) -> None:
        """Name the study, how points are resolved, and what else decides every result.

        Args:
            settings: Of the study.
            resolve: Makes a checked recipe of a point.
            about: Such as the digest of the manifest.
        """
        self._settings = settings
        self._resolve = resolve
        self._about = about

    def plan(self, points: Iterable[Point]) -> list[Cell]:
        """Make the cells of points: for each its folds, for each fold all seeds.

        Args:
            points: Of the space.

        Returns:
            Cells in the order of the points; one that comes twice is there once.

        Raises:
            ValueError: Lists the errors of all points that no recipe takes.
        """
        cells: dict[str, Cell] = {}
        errors: list[str] = []
        for point in points:
            try:
                cells |= {cell.id: cell for cell in self._cells_of(point) if cell.id not in cells}
            except ValueError as error:
                errors.append(f"{_describe(point)}: {error}")
        if errors:
            raise ValueError(
                f"{len(errors)} combinations of the study are no recipes:\n" + "\n".join(errors)
            )
        return list(cells.values())

    def _cells_of(self, point: Point) -> Iterator[Cell]:
        name, recipe_changes, data_changes = split_point(self._settings, point)
        resolved = self._resolve(name, recipe_changes, data_changes)
        for repeat, fold in self._folds():
            for seed in self._settings.seeds:
                place = {"seed": seed, "repeat": repeat, "fold": fold}
                yield Cell(
                    id=self._identify(resolved, place),
                    point=point,
                    recipe_name=name,
                    recipe=resolved.recipe,
                    data=resolved.data,
                    seed=seed,
                    repeat=repeat,
                    fold=fold,
                )

    def _folds(self) -> Sequence[tuple[int, int | None]]:
        folds = self._settings.folds
        if not folds.count:
            return [(0, None)]
        return [(repeat, fold) for repeat in range(folds.repeats) for fold in range(folds.count)]

    def _identify(self, resolved: Resolved, place: Mapping[str, Any]) -> str:
        folds = self._settings.folds
        dealt = folds.model_dump(mode="json", exclude={"repeats"}) if folds.count else {}
        return digest(
            {
                "engine": ENGINE,
                "recipe": resolved.recipe,
                "data": resolved.data,
                "weights": resolved.weights,
                "folds": dealt,
                **place,
                **self._about,
            }
        )


def digest(content: Mapping[str, Any]) -> str:
    """Hash what JSON can hold: 16 hexadecimal digits, whatever the order of keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _describe(point: Point) -> str:
    return ", ".join(f"{key} {value}" for key, value in point.items())
