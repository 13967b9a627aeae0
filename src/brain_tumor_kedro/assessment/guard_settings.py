"""Settings of the guard against foreign images."""

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

    level: float = Field(0.99, gt=0.5, lt=1)
    least_images: int = Field(20, ge=1)
    directions: int = Field(64, ge=1)
    images_per_direction: int = Field(20, ge=2)
