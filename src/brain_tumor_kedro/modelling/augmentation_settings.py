"""Settings of the random changes of training images, and those of published studies."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveFloat, field_validator

from brain_tumor_kedro.modelling.strict import Fraction, Strict

#: Lowest and highest factor.
Factors = tuple[PositiveFloat, PositiveFloat]


class Augmentation(Strict):
    """Random changes of training images, all off by default.

    The channels of an image stay together: they move alike, and share one factor of brightness and
    of contrast. Only noise is another in each.

    Attributes:
        brightness: Lowest and highest factor that gray values are multiplied by.
        contrast: Lowest and highest factor of the distance from an image's mean.
        horizontal_flip: Mirror left and right, half of the time.
        vertical_flip: Mirror top and bottom, half of the time.
        rotation: Largest angle either way, in degrees.
        translation: Largest shift either way, as a fraction of height and width.
        shear: Largest shear either way, as the tangent of its angle.
        zoom: Largest zoom in and out, as a fraction; the aspect stays.
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
    noise: Annotated[float, Field(ge=0, le=255)] = 0.0

    @field_validator("brightness", "contrast")
    @classmethod
    def _ordered(cls, value: Factors | None) -> Factors | None:
        if value is not None and value[0] > value[1]:
            raise ValueError(f"expected (lowest, highest) factor, received {value}; swap them")
        return None if value == (1.0, 1.0) else value

    @property
    def moves(self) -> bool:
        """Whether any pixel may leave its place."""
        flips = self.horizontal_flip or self.vertical_flip
        return flips or any((self.rotation, self.translation, self.shear, self.zoom))

    @property
    def active(self) -> bool:
        """Whether anything random touches a training image."""
        return self != Augmentation()

    def describe(self) -> str:
        """Say in words what changes, for example under a figure."""
        percents = {"shift": self.translation, "shear": self.shear, "zoom": self.zoom}
        factors = {"brightness": self.brightness, "contrast": self.contrast}
        words = [
            "mirrored left and right" if self.horizontal_flip else "",
            "mirrored top and bottom" if self.vertical_flip else "",
            f"rotation ±{self.rotation:g}°" if self.rotation else "",
            *(f"{name} ±{amount * 100:g}%" for name, amount in percents.items() if amount),
            *(f"{name} {low:g} to {high:g}" for name, (low, high) in _given(factors)),
            f"noise of {self.noise:g} gray values" if self.noise else "",
        ]
        return ", ".join(word for word in words if word) or "nothing"


def _given(factors: Mapping[str, Factors | None]) -> list[tuple[str, Factors]]:
    return [(name, value) for name, value in factors.items() if value]


#: What published studies did, by the name that a recipe may write instead of the settings.
PRESETS: Mapping[str, Augmentation] = {
    # Xception against VGG16. "Optional brightness changes": the range is this project's.
    "study_1": Augmentation(brightness=(0.8, 1.2)),
    # VGG16 with LoRA. "Rotation, flips, contrast": all amounts are this project's. Flips in the
    # plural are taken as both, though no head lies upside down in a scanner.
    "study_3": Augmentation(
        rotation=15, horizontal_flip=True, vertical_flip=True, contrast=(0.8, 1.2)
    ),
    # ImageNet against RadImageNet. Every amount is the study's, as its text has them. Its shear of
    # 5% is the tangent here; the `shear_range=0.05` of Keras's ImageDataGenerator is an angle in
    # degrees, which moves no pixel of a 224-pixel image by more than a tenth: to repeat that, write
    # {preset: study_4, shear: 0.00087}. ImageDataGenerator also fills what comes into view with the
    # nearest pixel and zooms height and width apart; here it is black, and the aspect stays.
    "study_4": Augmentation(
        rotation=5, translation=0.05, shear=0.05, zoom=0.05, brightness=(0.9, 1.1)
    ),
}


def _read_preset(value: Any) -> Any:
    """Take the name of a preset, alone or as `preset` among settings, which then go before it."""
    if isinstance(value, str):
        return _preset(value)
    if isinstance(value, Mapping) and "preset" in value:
        changes = {name: setting for name, setting in value.items() if name != "preset"}
        return _preset(value["preset"]).model_dump() | changes
    return value


def _preset(name: Any) -> Augmentation:
    if not isinstance(name, str) or name not in PRESETS:
        known = ", ".join(PRESETS)
        raise ValueError(f"expected settings or one of the presets {known}, received {name!r}")
    return PRESETS[name]


AugmentationOrPreset = Annotated[Augmentation, BeforeValidator(_read_preset)]
