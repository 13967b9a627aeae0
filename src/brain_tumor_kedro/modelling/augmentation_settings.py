"""Settings of the random changes of training images, and those of published studies."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, NonNegativeFloat, PositiveFloat, field_validator

from brain_tumor_kedro.modelling.strict import Fraction, Strict

#: Lowest and highest factor.
Factors = tuple[PositiveFloat, PositiveFloat]


class Augmentation(Strict):
    """Random changes of training images, all off by default.

    Attributes:
        brightness: Lowest and highest factor that gray values are multiplied by.
        contrast: Lowest and highest factor of the distance from an image's mean.
        horizontal_flip: Mirror left and right, half of the time.
        vertical_flip: Mirror top and bottom, half of the time.
        rotation: Largest angle either way, in degrees.
        translation: Largest shift either way, as a fraction of height and width.
        shear: Largest shear either way, as the tangent of its angle.
        zoom: Largest zoom in and out, as a fraction.
        noise: Standard deviation of Gaussian noise, in gray values of 255.
    """

    brightness: Factors | None = None
    contrast: Factors | None = None
    horizontal_flip: bool = False
    vertical_flip: bool = False
    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    translation: Fraction = 0.0
    shear: Fraction = 0.0
    zoom: Fraction = 0.0
    noise: NonNegativeFloat = 0.0

    @field_validator("brightness", "contrast")
    @classmethod
    def _ordered(cls, value: Factors | None) -> Factors | None:
        if value is not None and value[0] > value[1]:
            raise ValueError(f"expected (lowest, highest) factor, received {value}; swap them")
        return value

    @property
    def active(self) -> bool:
        """Whether anything random touches a training image."""
        return self != Augmentation()


#: What published studies did, by the name that a recipe may write instead of the settings.
PRESETS: Mapping[str, Augmentation] = {
    "study_1": Augmentation(brightness=(0.8, 1.2)),
    "study_4": Augmentation(
        rotation=5, translation=0.05, shear=0.05, zoom=0.05, brightness=(0.9, 1.1)
    ),
}


def _read_preset(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in PRESETS:
        known = ", ".join(PRESETS)
        raise ValueError(f"expected settings or one of the presets {known}, received {value!r}")
    return PRESETS[value]


AugmentationOrPreset = Annotated[Augmentation, BeforeValidator(_read_preset)]
