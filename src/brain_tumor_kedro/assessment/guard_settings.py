"""Settings of the guard against foreign images."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class GuardSettings(BaseModel):
    """How a guard is fitted.

    Attributes:
        level: Share of good images that are to pass.
        least_images: Validation images below which no threshold is set.
        directions: Directions in which the spread of training images is measured, at most.
        images_per_direction: Training images for each of them, at least.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.99
    least_images: Annotated[int, Field(ge=1)] = 20
    directions: Annotated[int, Field(ge=1)] = 128
    images_per_direction: Annotated[int, Field(ge=2)] = 20
