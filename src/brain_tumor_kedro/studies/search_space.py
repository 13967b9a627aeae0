"""Settings of a study: what is compared, on which data, and how it is searched."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    RootModel,
    field_validator,
    model_validator,
)

from brain_tumor_kedro.tasks import TASKS

#: Keys of a space that are no fields of a recipe.
RECIPE, VARIANT = "recipe", "variant"
#: Fields under this are those of the data, all others those of the recipe.
DATA = "data."

#: A URL that holds a password.
PASSWORD = re.compile(r"^[\w+]+://[^/@\s]*:[^/\s]*@")

Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Strict(BaseModel):
    """Settings that are checked whole; unknown keys are errors."""

    # A URL in an error might hold a password.
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class Range(Strict):
    """Numbers of a range, for a sampled search.

    Attributes:
        low: The smallest.
        high: The largest.
        log: Whether orders of magnitude are equally likely.
        step: Between two neighbors; None is any number. Both ends whole gives whole numbers.
    """

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None

    @model_validator(mode="after")
    def _has_numbers(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"expected low below high, received {self.low} and {self.high}")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("a logarithmic range needs a low above 0, and takes no step")
        return self

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return all(isinstance(end, int) for end in (self.low, self.high))


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


#: The values that a key of the space takes: a list, or a range to sample from.
Values = Annotated[Range | tuple[Any, ...], BeforeValidator(_as_list)]


class Folds(Strict):
    """Cross-validation in place of the manifest's split.

    Attributes:
        count: How many folds, each of which is the test split once; 0 is the manifest's own split.
        repeats: How often all images are dealt out anew.
        seed: Of the dealing.
        over: The splits whose images are dealt out anew; those of the others take no part.
        val_fraction: Of the groups outside of a fold, the fraction to choose by.
    """

    count: Annotated[int, Field(ge=0)] = 0
    repeats: PositiveInt = 1
    seed: Seed = 0
    over: tuple[Literal["train", "val", "test"], ...] = ("train", "val")
    val_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2

    @model_validator(mode="after")
    def _more_than_one(self) -> Self:
        if self.count == 1 or self.count > 100:
            raise ValueError(
                f"expected 0 (the manifest's split) or 2 to 100 folds, received {self.count}"
            )
        if not self.count and self.repeats > 1:
            raise ValueError(
                "repeats deal folds out anew, but there are none: give folds.count, or several "
                "seeds"
            )
        return self


class Data(Strict):
    """Which of the curated images, and how they are split.

    Attributes:
        sources: Only images of these, as the manifest names them; None is all.
        split: Settings of another split of the kept images, those of `split` in the parameters of
            curation; None is the manifest's own split.
    """

    sources: tuple[str, ...] | None = None
    split: Mapping[str, Any] | None = None


class Objective(Strict):
    """What the best is chosen by, always on validation images.

    Attributes:
        metric: The score.
        strategy: `slice`, or one of the study's strategies; None is the first of them, or slices.
    """

    metric: Literal["accuracy", "precision", "recall", "specificity", "f1", "auroc"] = "f1"
    strategy: str | None = None


class StudySettings(Strict):
    """A study.

    Attributes:
        task: Whose curated images are used.
        search: `grid` trains every combination, `tpe` samples `trials` of them, each where earlier
            ones were good (Bergstra et al., NeurIPS 2011).
        trials: How many combinations `tpe` tries.
        space: For every key its values: `recipe` (names), `variant` (names), and dotted fields of
            the recipe, such as `phases.head.learning_rate`, or of the data, such as
            `data.split.strategy`.
        variants: Named bundles of such fields.
        seeds: Each combination is trained with each of them.
        folds: Each combination is trained on each of them.
        strategies: How slices become patients, where a patient is the unit of the task.
        objective: What the best is chosen by.
        data: Which images.
        storage: Address of the database that the processes share, such as
            `postgresql://user@host/database`; None is a file beside the results. It holds no
            password: that belongs into PGPASSWORD or ~/.pgpass.
        search_seed: Of what `tpe` samples.
        retry_failed: Whether cells that failed before are run again.
    """

    task: str
    search: Literal["grid", "tpe"] = "grid"
    trials: PositiveInt | None = None
    space: Mapping[str, Values]
    variants: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    seeds: Annotated[tuple[Seed, ...], BeforeValidator(_as_list), Field(min_length=1)] = (0,)
    folds: Folds = Folds()
    strategies: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    objective: Objective = Objective()
    data: Data = Data()
    storage: str | None = None
    search_seed: Seed = 0
    retry_failed: bool = False

    @field_validator("task")
    @classmethod
    def _known_task(cls, value: str) -> str:
        return require_known("task", value, TASKS)

    @field_validator("storage")
    @classmethod
    def _no_password(cls, value: str | None) -> str | None:
        if value and holds_password(value):
            raise ValueError(
                "expected an address without a password, which would end up in logs: give "
                "postgresql://user@host/database, and the password in the environment variable "
                "PGPASSWORD or in ~/.pgpass"
            )
        return value

    @model_validator(mode="after")
    def _has_a_space(self) -> Self:
        if RECIPE not in self.space or not self.values(RECIPE):
            raise ValueError("expected `recipe` in the space: a list of names of recipes")
        for key, values in self.space.items():
            _check_values(key, values, self.search)
        if self.search == "tpe" and not self.trials:
            raise ValueError("expected `trials`: how many combinations tpe tries")
        if self.search == "grid" and self.trials:
            raise ValueError(
                "expected no `trials`, a grid trains every combination; for some of them use "
                "search: tpe"
            )
        return self

    @model_validator(mode="after")
    def _knows_its_names(self) -> Self:
        for name in self.values(VARIANT) if VARIANT in self.space else ():
            require_known("variant", str(name), self.variants)
        if self.objective.strategy is not None:
            known = ("slice", *self.strategies)
            require_known("strategy of this study (objective)", self.objective.strategy, known)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"expected every seed once, received {list(self.seeds)}")
        return self

    @property
    def chosen_by(self) -> tuple[str, str]:
        """Strategy and metric that the best is chosen by."""
        first = self.strategies[0] if self.strategies else "slice"
        return self.objective.strategy or first, self.objective.metric

    def values(self, key: str) -> tuple[Any, ...]:
        """The listed values of a key; of a range, its ends."""
        values = self.space[key]
        return (values.low, values.high) if isinstance(values, Range) else tuple(values)


class Studies(RootModel[dict[str, StudySettings]]):
    """All studies by name, as the parameters hold them under `studies`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    def choose(self, name: str) -> StudySettings:
        """Pick a study.

        Args:
            name: Its key under `studies`.

        Returns:
            Its settings.

        Raises:
            ValueError: Where there is none of that name.
        """
        return self.root[require_known("study", name, self.root)]


def require_known(what: str, name: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    """Refuse a name that is not among the known ones.

    Args:
        what: It is a name of.
        name: What was asked for.
        known: The names that there are.

    Returns:
        The name.

    Raises:
        ValueError: Names the closest known one, and all of them.
    """
    if name not in known:
        close = get_close_matches(name, list(known), n=1, cutoff=0.5)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"There is no {what} {name!r}.{hint} Known: {', '.join(sorted(known)) or 'none'}."
        )
    return name


def holds_password(text: str) -> bool:
    """Say whether a text is a URL with a password in it."""
    return bool(PASSWORD.match(text)) or "password=" in text


def _check_values(key: str, values: Range | tuple[Any, ...], search: str) -> None:
    if isinstance(values, Range):
        if search == "grid":
            raise ValueError(f"{key}: a grid needs a list of values; ranges are for search: tpe")
        if key in (RECIPE, VARIANT):
            raise ValueError(f"{key}: expected a list of names, received a range")
        return
    if not values:
        raise ValueError(f"{key}: expected at least one value, received none")
    if any(values.index(value) < place for place, value in enumerate(values)):
        raise ValueError(f"{key}: expected every value once")
