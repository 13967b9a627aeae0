"""Settings of the guard against foreign images, and of how it is judged."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class GuardSettings(BaseModel):
    """How a guard is fitted, and on what it is tried.

    Attributes:
        level: Share of good images that are to pass.
        least_images: Validation images below which no threshold is set.
        directions: Directions in which the spread of training images is measured, at most.
        images_per_direction: Training images for each of them, at least.
        strangers: Images of every foreign kind that the guard is tried on, and slices that are
            changed in every way that makes another picture of them.
        slices: Slices that are changed in every way that does them no harm.
        seed: Of these, and of the intervals.
        draws: Resamples of groups for each interval.
        foreign_dir: A folder of foreign images of one's own, which are tried as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.99
    least_images: Annotated[int, Field(ge=1)] = 20
    directions: Annotated[int, Field(ge=1)] = 128
    images_per_direction: Annotated[int, Field(ge=2)] = 20
    strangers: Annotated[int, Field(ge=1)] = 40
    slices: Annotated[int, Field(ge=1)] = 160
    seed: Annotated[int, Field(ge=0)] = 0
    draws: Annotated[int, Field(ge=100)] = 1000
    foreign_dir: str | None = None
