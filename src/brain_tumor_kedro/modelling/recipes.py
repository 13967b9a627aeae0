"""Recipes: everything that makes a model, in one validated piece of configuration."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    RootModel,
    field_validator,
    model_validator,
)

from brain_tumor_kedro.modelling.backbones import BACKBONES, Backbone

Fraction = Annotated[float, Field(ge=0, lt=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Strict):
    """What stands on the backbone: pooling, dense layers, dropout, and the softmax.

    Attributes:
        pooling: How a feature map becomes a vector.
        dense: Units of each hidden layer (ReLU), in order; none is a linear head.
        dropout: Fraction dropped after each hidden layer, or of the features without one.
    """

    pooling: Literal["avg", "max"] = "avg"
    dense: tuple[PositiveInt, ...] = ()
    dropout: Fraction = 0.0


class Augmentation(_Strict):
    """Random changes of training images, all off by default.

    Attributes:
        brightness: Lowest and highest factor that gray values are multiplied by.
        horizontal_flip: Mirror left and right, half of the time.
        rotation: Largest angle either way, in degrees.
        translation: Largest shift either way, as a fraction of height and width.
        zoom: Largest zoom in and out, as a fraction.
    """

    brightness: tuple[PositiveFloat, PositiveFloat] | None = None
    horizontal_flip: bool = False
    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    translation: Fraction = 0.0
    zoom: Fraction = 0.0

    @field_validator("brightness")
    @classmethod
    def _ordered(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and value[0] > value[1]:
            raise ValueError(f"expected (lowest, highest) factor, received {value}; swap them")
        return value

    @property
    def active(self) -> bool:
        """Whether anything random touches a training image."""
        return self != Augmentation()


class LastBlocks(_Strict):
    """The last `blocks` blocks of the backbone, and the head."""

    blocks: PositiveInt


def _read_trainable(value: Any) -> Any:
    if isinstance(value, str) and value not in {"head", "all"}:
        raise ValueError(f"expected `head`, `all` or a number of last blocks, received {value!r}")
    return {"blocks": value} if type(value) is int else value  # True is an int too


Trainable = Annotated[Literal["head", "all"] | LastBlocks, BeforeValidator(_read_trainable)]


class EarlyStopping(_Strict):
    """Stop after `patience` epochs without a better `monitor`, and go back to the best weights."""

    monitor: Literal[
        "val_loss", "val_accuracy", "val_precision", "val_recall", "loss", "accuracy"
    ] = "val_loss"
    patience: PositiveInt = 3

    @property
    def mode(self) -> Literal["min", "max"]:
        """Which way is better."""
        return "min" if self.monitor.endswith("loss") else "max"


class Phase(_Strict):
    """A stretch of training with one optimizer and one set of trainable weights.

    Attributes:
        name: Appears in the history and in MLflow.
        trainable: `head`, `all`, or the number of last blocks trained with the head. Batch
            normalization of the backbone is never trained.
        optimizer: By its Keras name, lower case.
        learning_rate: Constant within the phase.
        epochs: At most so many.
        augment: Whether the recipe's augmentation applies. Without it a phase that trains the
            head alone computes the features of the backbone once.
        weight_decay: Decoupled (Loshchilov and Hutter, ICLR 2019), per step.
        early_stopping: None trains all epochs and keeps the last weights.
    """

    name: str = Field(min_length=1)
    trainable: Trainable
    optimizer: Literal["adamax", "adam", "adamw", "sgd"] = "adam"
    learning_rate: PositiveFloat
    epochs: PositiveInt
    augment: bool = True
    weight_decay: NonNegativeFloat = 0.0
    early_stopping: EarlyStopping | None = None


def _name_phases(value: Any) -> Any:
    """Take phases from a mapping by name, of which one value can be changed on the command line."""
    if not isinstance(value, Mapping):
        return value
    if any(not isinstance(phase, Mapping) for phase in value.values()):
        raise ValueError(f"expected a phase under every name, received {value}")
    return [{**phase, "name": name} for name, phase in value.items()]


class Recipe(_Strict):
    """Everything that makes a model.

    Attributes:
        backbone: A name in `backbones.BACKBONES`.
        weights: `imagenet`, `none`, or the path of a weights file.
        image_size: Side in pixels that images are resized to; None is the backbone's own.
        head: What stands on the backbone.
        augmentation: Random changes of training images.
        class_weights: `balanced` weighs each class by the inverse of its frequency.
        precision: `auto` is mixed where a GPU is there, else `float32`.
        batch_size: Images per step.
        label_smoothing: Probability mass spread over all classes (Szegedy et al., CVPR 2016).
        phases: In the order they are trained: a list, or a mapping by name.
    """

    backbone: str
    weights: str = "imagenet"
    image_size: Annotated[int, Field(ge=32)] | None = None
    head: Head = Head()
    augmentation: Augmentation = Augmentation()
    class_weights: Literal["balanced"] | None = None
    precision: Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"] = "auto"
    batch_size: PositiveInt = 32
    label_smoothing: Fraction = 0.0
    phases: Annotated[tuple[Phase, ...], BeforeValidator(_name_phases)] = Field(min_length=1)

    @field_validator("backbone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in BACKBONES:
            raise ValueError(_unknown("backbone", value, BACKBONES))
        return value

    @field_validator("weights", mode="before")
    @classmethod
    def _null_is_none(cls, value: Any) -> Any:
        if value == "radimagenet":
            raise ValueError("`radimagenet` is not supported yet; give the path of a weights file")
        return "none" if value is None else value

    @model_validator(mode="after")
    def _fits_the_backbone(self) -> Self:
        if self.weights == "imagenet" and not self.spec.imagenet:
            raise ValueError(
                f"there are no ImageNet weights for backbone {self.backbone!r}; use weights: none"
            )
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError(f"phases need names of their own, received {names}")
        for phase in self.phases:
            _check_blocks(phase, self.spec)
        return self

    @property
    def spec(self) -> Backbone:
        """The backbone's row in the table."""
        return BACKBONES[self.backbone]

    @property
    def size(self) -> int:
        """Side in pixels that images are resized to."""
        return self.image_size or self.spec.size


class Recipes(RootModel[dict[str, Recipe]]):
    """All recipes by name, as `parameters_recipes.yml` holds them under `recipes`."""

    model_config = ConfigDict(frozen=True)

    def choose(self, name: str) -> Recipe:
        """Pick a recipe.

        Args:
            name: Its key under `recipes`.

        Returns:
            The recipe.

        Raises:
            ValueError: Where there is none of that name.
        """
        if name not in self.root:
            raise ValueError(_unknown("recipe", name, self.root))
        return self.root[name]


def _check_blocks(phase: Phase, spec: Backbone) -> None:
    wanted = phase.trainable.blocks if isinstance(phase.trainable, LastBlocks) else 0
    if wanted > len(spec.blocks):
        raise ValueError(
            f"phase {phase.name!r} trains the last {wanted} blocks, but backbone {spec.name!r} "
            f"has {len(spec.blocks)}; use `all`"
        )


def _unknown(what: str, name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no {what} {name!r}.{hint} Known: {', '.join(sorted(known))}."
