"""Settings of the error gallery and of the search for wrong labels."""

from pydantic import BaseModel, ConfigDict, Field


class ErrorSettings(BaseModel):
    """How many errors are shown, and how labels are checked.

    Attributes:
        mistakes: Most confident mistakes in the gallery.
        neighbors: Nearest training images beside each of them.
        suspects: Most doubtful labels on their sheet.
        pairs: Most similar pairs of an evaluated and a training image on their sheet.
        folds: Into which all groups are dealt to predict each without itself.
        seed: Of the folds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mistakes: int = Field(12, ge=0, le=24)
    neighbors: int = Field(5, ge=1, le=8)
    suspects: int = Field(24, ge=0, le=48)
    pairs: int = Field(12, ge=0, le=24)
    folds: int = Field(5, ge=2, le=20)
    seed: int = Field(0, ge=0, lt=2**30)
