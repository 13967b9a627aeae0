"""Settings of promotion: when a classifier may take the champion's place."""

from pydantic import BaseModel, ConfigDict, Field


class PromotionSettings(BaseModel):
    """What is promoted, and how strictly it is judged.

    Attributes:
        version: The version to promote; None is the newest one that was evaluated.
        rollback: Go back to the champion before, instead of promoting.
        across_manifests: Whether a champion gives way that cannot be compared, because it was
            judged on other data or not at all.
        margin: By how much macro F1 on validation may be worse than the champion's, at most: the
            lower end of the 95% interval of the difference must not be below minus this.
        calibration_error: The largest calibration error on validation that is tolerated: its 95%
            interval must not lie above, since few images show a large one by chance.
        flagged: The largest share of validation images that the guard may flag.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: int | None = Field(None, ge=1)
    rollback: bool = Field(False, strict=True)
    across_manifests: bool = Field(False, strict=True)
    margin: float = Field(0.05, ge=0, le=1)
    calibration_error: float = Field(0.05, gt=0, le=1)
    flagged: float = Field(0.05, gt=0, le=1)
