"""Settings of a phase: what is trained, how, and for how long."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from brain_tumor_kedro.modelling.strict import Fraction, Strict

#: What every epoch logs of training and, with `val_` before it, of validation.
METRICS = ("loss", "accuracy", "precision", "recall", "f1")
#: What they log besides, where one of two classes is the positive one.
POSITIVE_METRIC = "f1_positive"

#: A number of (0, 1].
Share = Annotated[float, Field(gt=0, le=1)]

Monitor = Literal[
    "val_loss", "val_accuracy", "val_precision", "val_recall", "val_f1", "val_f1_positive",
    "loss", "accuracy", "precision", "recall", "f1", "f1_positive",
]  # fmt: skip


class LastBlocks(Strict):
    """The last `blocks` blocks of the backbone."""

    blocks: PositiveInt


class LastFraction(Strict):
    """The last `fraction` of the backbone's layers, counted as Keras lists them."""

    fraction: Share


class NamedLayers(Strict):
    """The layers whose names match one of the patterns `named`, `*` for anything."""

    named: tuple[str, ...] = Field(min_length=1)


def _read_trainable(value: Any) -> Any:
    if isinstance(value, str) and value not in {"head", "lora", "all"}:
        raise ValueError(
            f"expected `head`, `lora`, `all`, a number of last blocks, or one of blocks, fraction "
            f"and named with a value, received {value!r}"
        )
    return {"blocks": value} if type(value) is int else value  # True is an int too


Trainable = Annotated[
    Literal["head", "lora", "all"] | LastBlocks | LastFraction | NamedLayers,
    BeforeValidator(_read_trainable),
]


class Constant(Strict):
    """The learning rate stays."""

    kind: Literal["constant"] = "constant"


class Cosine(Strict):
    """The learning rate rises from 0, then falls as half a cosine (Loshchilov and Hutter 2017).

    Attributes:
        warmup: Epochs of rising; may be a part of one.
        final: What is left at the end, as a fraction of the learning rate.
    """

    kind: Literal["cosine"] = "cosine"
    warmup: NonNegativeFloat = 0.0
    final: Fraction = 0.0


class Plateau(Strict):
    """The learning rate falls where `monitor` does not get better for `patience` epochs.

    Attributes:
        factor: What it is multiplied by.
        patience: Epochs without a better value.
        monitor: One of the numbers that every epoch logs.
    """

    kind: Literal["plateau"] = "plateau"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.2
    patience: PositiveInt = 3
    monitor: Monitor = "val_loss"


def _read_schedule(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


Schedule = Annotated[
    Annotated[Constant | Cosine | Plateau, Field(discriminator="kind")],
    BeforeValidator(_read_schedule),
]


class EarlyStopping(Strict):
    """Stop after `patience` epochs without a better `monitor`, and go back to the best weights."""

    monitor: Monitor = "val_loss"
    patience: PositiveInt = 3


def mode(monitor: str) -> Literal["min", "max"]:
    """Say which way a logged number is better.

    Args:
        monitor: One of `METRICS`, `POSITIVE_METRIC`, or one with `val_` before it.

    Returns:
        `min` for losses, else `max`.
    """
    return "min" if monitor.endswith("loss") else "max"


class Phase(Strict):
    """A stretch of training with one optimizer and one set of trainable weights.

    Attributes:
        name: Appears in the history and in MLflow.
        trainable: What of the backbone is trained with the head: nothing (`head`), the adapters
            (`lora`), `all`, the last blocks, the last fraction of layers, or layers by name.
        train_batch_norm: Whether the backbone's batch normalization is trained where its layers
            are; otherwise it stays frozen, statistics included.
        optimizer: By its Keras name, lower case.
        learning_rate: The highest of the schedule.
        schedule: How it changes: `constant`, `cosine`, `plateau`, or one of them with settings.
        epochs: At most so many.
        augment: Whether the recipe's augmentation applies. Without it a phase that trains the
            head alone computes the features of the backbone once.
        views: Where the head alone is trained: compute the features of so many random views of
            every training image once; epoch `e` of the phase trains on view `e % views`. None
            draws new ones in every epoch.
        weight_decay: Decoupled (Loshchilov and Hutter, ICLR 2019), per step.
        gradient_clipping: Largest global norm of the gradient.
        layer_decay: The learning rate of each block, as a fraction of that of the block above it
            (Bao et al., BEiT, ICLR 2022).
        ema: Momentum of an exponential moving average of the weights, which is what is validated
            and kept (Polyak and Juditsky 1992).
        accumulate: Batches whose gradients are averaged before a step.
        early_stopping: None trains all epochs and keeps the last weights.
    """

    name: str = Field(min_length=1)
    trainable: Trainable
    train_batch_norm: bool = False
    optimizer: Literal["sgd", "adam", "adamax", "adamw", "lion"] = "adam"
    learning_rate: PositiveFloat
    schedule: Schedule = Constant()
    epochs: PositiveInt
    augment: bool = True
    views: PositiveInt | None = None
    weight_decay: NonNegativeFloat = 0.0
    gradient_clipping: PositiveFloat | None = None
    layer_decay: Share | None = None
    ema: Annotated[float, Field(gt=0, lt=1)] | None = None
    accumulate: PositiveInt = 1
    early_stopping: EarlyStopping | None = None

    @property
    def monitors(self) -> tuple[str, ...]:
        """The logged numbers that decide how it goes on."""
        watching = (self.schedule, self.early_stopping)
        return tuple(each.monitor for each in watching if isinstance(each, Plateau | EarlyStopping))

    @model_validator(mode="after")
    def _views_of_a_frozen_backbone(self) -> Self:
        if self.views is not None and self.trainable != "head":
            raise ValueError(
                "views are features of a frozen backbone: use them with `trainable: head` alone"
            )
        return self
