import pytest
from pydantic import ValidationError

from brain_tumor_kedro.serving.inference_settings import InferenceSettings


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("heat_maps", "some"), ("heat_maps", -1), ("heat_maps", 1001), ("heat_maps", True),
        ("workers", 0), ("workers", -2), ("level", 1.0), ("batch_size", 0), ("level", "high"),
        ("page_images", -1), ("heatmaps", 3),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(name, wrong):
    with pytest.raises(ValidationError, match=name):
        InferenceSettings(**{name: wrong})


@pytest.mark.parametrize(("asked", "mapped"), [("all", 0), ("none", 0), (7, 7), (0, 0)])
def test_a_number_of_heat_maps_is_drawn_at_the_end(asked, mapped):
    assert InferenceSettings(heat_maps=asked).mapped == mapped


def test_all_cores_are_as_many_threads():
    assert InferenceSettings(workers=3).threads == 3
    assert InferenceSettings().threads >= 1
