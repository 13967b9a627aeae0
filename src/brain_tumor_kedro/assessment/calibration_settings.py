"""Settings of calibration and of the decisions that stand on it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: Above 0 and below 1.
Share = Annotated[float, Field(gt=0, lt=1)]


class CalibrationSettings(BaseModel):
    """How calibration is judged.

    Attributes:
        draws: Bootstrap draws of groups.
        seed: Of the draws.
        levels: Shares of images whose conformal set is meant to hold the true class.
        prevalence: Share of positives that decision curves are weighed to; None is the share that
            the images have.
        target_accuracy: What the classifier is to reach on the images that it answers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    draws: Annotated[int, Field(ge=100)] = 2000
    seed: Annotated[int, Field(ge=0)] = 0
    levels: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.9, 0.95)
    prevalence: Share | None = None
    target_accuracy: Share = 0.99
