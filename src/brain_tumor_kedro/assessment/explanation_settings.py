"""Settings of where a classifier looks."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: Shortest stride, as a share of the image's side: 2,500 predictions for each image.
MIN_STRIDE = 0.02


class ExplanationSettings(BaseModel):
    """How many images are explained, and how.

    Attributes:
        images: Most images that maps are made for.
        most_wrong: Most of them that are predicted wrong; all there are come first.
        seed: Of the sample, the random maps, the random weights and the bootstrap.
        patch: Side of the patch that occlusion hides, as a share of the image's side.
        stride: Distance of two patches, as a share of the image's side, at least `MIN_STRIDE` and
            at most a patch.
        tolerance: How far from the tumor a map's maximum counts as a hit, as a share of the
            image's side.
        checked: Images for which Grad-CAM is computed again with random weights.
        checked_by_occlusion: The same for occlusion, which takes longer.
        shown: Most images on a contact sheet.
        draws: Of the bootstrap over groups.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int = Field(96, ge=1)
    most_wrong: int = Field(32, ge=0)
    seed: int = Field(0, ge=0, lt=2**30)
    patch: float = Field(0.2, gt=0, le=1)
    stride: float = Field(0.16, ge=MIN_STRIDE, le=1)
    tolerance: float = Field(0.03, ge=0, le=0.5)
    checked: int = Field(24, ge=1)
    checked_by_occlusion: int = Field(8, ge=0)
    shown: int = Field(12, ge=1, le=40)
    draws: int = Field(2000, ge=100)

    @model_validator(mode="after")
    def _leave_no_pixel_out(self) -> "ExplanationSettings":
        if self.stride > self.patch:
            raise ValueError(
                f"expected a stride of at most the patch, so that no pixel is left out, received "
                f"stride {self.stride} and patch {self.patch}"
            )
        return self
