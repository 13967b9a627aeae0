"""Settings of the price of leakage: which protocols, how often, with which classifier."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Protocol = Literal[
    "published_folders", "naive_merge", "copies_removed", "groups_apart", "source_left_out"
]


class LeakageSettings(BaseModel):
    """How the price of leakage is measured.

    Attributes:
        protocols: Which of them are run.
        repeats: How often a random split is drawn.
        seed: Of the first draw; the others follow.
        classifier: `probe` (a linear probe on frozen features of the recipe's backbone),
            `neighbor` (the label of the nearest training image by the same features) or `recipe`
            (the whole recipe is trained under every protocol).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocols: tuple[Protocol, ...] = Field(
        (
            "published_folders",
            "naive_merge",
            "copies_removed",
            "groups_apart",
            "source_left_out",
        ),
        min_length=1,
    )
    repeats: int = Field(5, ge=1, le=1000)
    seed: int = Field(0, ge=0, lt=2**31)
    classifier: Literal["probe", "neighbor", "recipe"] = "probe"

    @field_validator("protocols")
    @classmethod
    def _once_each(cls, value: tuple[Protocol, ...]) -> tuple[Protocol, ...]:
        return tuple(dict.fromkeys(value))
