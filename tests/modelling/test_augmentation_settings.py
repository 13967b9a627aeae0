import pytest
from pydantic import TypeAdapter, ValidationError

from brain_tumor_kedro.modelling.augmentation_settings import (
    PRESETS,
    Augmentation,
    AugmentationOrPreset,
)

READ = TypeAdapter(AugmentationOrPreset).validate_python


@pytest.mark.parametrize("name", ["brightness", "contrast"])
def test_factors_are_lowest_then_highest(name: str) -> None:
    with pytest.raises(ValidationError, match="swap them"):
        Augmentation(**{name: (1.2, 0.8)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"brightness": (0.0, 1.0)},
        {"contrast": (0.5, float("inf"))},
        {"rotation": 181},
        {"translation": 1.0},
        {"zoom": -0.1},
        {"noise": 256},
        {"blur": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Augmentation(**wrong)


def test_changes_that_change_nothing_are_not_active() -> None:
    assert not Augmentation(brightness=(1.0, 1.0), contrast=(1, 1), rotation=0).active
    assert Augmentation(noise=1).active
    assert Augmentation(brightness=(0.9, 1.0)).active


@pytest.mark.parametrize(
    "name", ["horizontal_flip", "vertical_flip", "rotation", "translation", "shear", "zoom"]
)
def test_geometry_moves_pixels(name: str) -> None:
    assert Augmentation(**{name: True if "flip" in name else 0.5}).moves


def test_gray_values_change_without_moving() -> None:
    assert not Augmentation(brightness=(0.8, 1.2), contrast=(0.8, 1.2), noise=3).moves


def test_presets_have_the_numbers_that_the_studies_state() -> None:
    assert set(PRESETS) == {"study_1", "study_3", "study_4"}
    four = PRESETS["study_4"]
    assert (four.rotation, four.translation, four.shear, four.zoom) == (5, 0.05, 0.05, 0.05)
    assert four.brightness == (0.9, 1.1)
    assert not four.horizontal_flip
    assert PRESETS["study_1"] == Augmentation(brightness=(0.8, 1.2))
    assert PRESETS["study_3"].contrast
    assert PRESETS["study_3"].brightness is None


def test_a_preset_goes_by_its_name_alone_or_with_changes() -> None:
    assert READ("study_4") == READ({"preset": "study_4"}) == PRESETS["study_4"]
    changed = READ({"preset": "study_4", "horizontal_flip": True, "shear": 0})
    assert changed == PRESETS["study_4"].model_copy(update={"horizontal_flip": True, "shear": 0.0})
    assert READ(changed.model_dump(mode="json")) == changed


@pytest.mark.parametrize("value", ["study_2", {"preset": "study_2"}, {"preset": 4}])
def test_an_unknown_preset_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="one of the presets study_1, study_3, study_4"):
        READ(value)


def test_a_change_of_a_preset_is_checked_too() -> None:
    with pytest.raises(ValidationError, match="there is no setting"):
        READ({"preset": "study_4", "blur": 1})


def test_settings_describe_themselves() -> None:
    assert Augmentation().describe() == "nothing"
    assert PRESETS["study_4"].describe() == (
        "rotation ±5°, shift ±5%, shear ±5%, zoom ±5%, brightness 0.9 to 1.1"
    )
    several = Augmentation(horizontal_flip=True, contrast=(0.75, 1.2), noise=2.5)
    assert several.describe() == (
        "mirrored left and right, contrast 0.75 to 1.2, noise of 2.5 gray values"
    )
