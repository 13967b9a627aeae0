"""Settings of promotion: when a classifier may take the champion's place."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class PromotionSettings(BaseModel):
    """What is promoted, and how strictly it is judged.

    Attributes:
        version: The version to promote; None is the newest one that was evaluated.
        rollback: Go back to the champion before, instead of promoting.
        across_manifests: Whether a champion gives way that cannot be compared, because it was
            judged on other data, or not at all, or there are too few groups.
        margin: By how much macro F1 on validation may be worse than the champion's, at most: the
            lower end of the 95% interval of the difference must not be below minus this. The same
            holds for every former champion of the manifest.
        groups: How many groups of validation images it takes to compare two classifiers: of few,
            the interval is too narrow.
        calibration_error: The largest calibration error on validation that is tolerated: the
            error itself, not an end of its interval.
        guard_auroc: How well, at least, the guard told foreign images from validation images in
            its trial: the area under the ROC curve.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: int | None = Field(None, ge=1, lt=2**31)
    rollback: bool = Field(False, strict=True)
    across_manifests: bool = Field(False, strict=True)
    margin: float = Field(0.05, ge=0, le=1)
    groups: int = Field(30, ge=2)
    calibration_error: float = Field(0.05, gt=0, le=1)
    guard_auroc: float = Field(0.95, gt=0, le=1)

    @model_validator(mode="after")
    def _go_one_way(self) -> Self:
        if self.rollback and self.version is not None:
            raise ValueError(
                "Expected promotion.rollback or promotion.version, found both: a rollback goes to "
                "the champion before, whichever that is."
            )
        return self
