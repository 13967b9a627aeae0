import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.imaging.corruptions import (
    CORRUPTIONS,
    SEVERITIES,
    apply_corruption,
    corrupt,
)
from builders import draw, draw_phantom

every = pytest.mark.parametrize("name", CORRUPTIONS)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


@every
@pytest.mark.parametrize("shape", [(96, 96), (64, 90), (33, 32), (48, 40, 3)])
def test_shape_and_type_stay_and_the_image_is_not_touched(name, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = image.copy()
    image.flags.writeable = False

    for severity in (0, *SEVERITIES):
        result = corrupt(image, name, severity, seed=3)
        assert result.dtype == np.uint8
        assert result.shape == shape
        assert not np.shares_memory(result, image)
    assert (image == before).all()


@every
def test_severity_zero_and_the_neutral_amount_change_next_to_nothing(name):
    image = draw(1)
    kind = CORRUPTIONS[name]

    assert (corrupt(image, name, 0) == image).all()
    assert distance(apply_corruption(image, kind, kind.neutral, 0), image) < 0.6


@every
def test_each_severity_lies_farther_from_the_clean_image(name):
    images = [draw_phantom(seed, side=160) for seed in range(4)]
    away = [
        np.mean([distance(corrupt(image, name, severity, (5, at)), image)
                 for at, image in enumerate(images)])
        for severity in (0, *SEVERITIES)
    ]  # fmt: skip

    assert (np.diff(away) > 0).all(), away


@every
def test_the_seed_decides_and_nothing_else(name):
    image = draw(2)

    assert (corrupt(image, name, 3, seed=1) == corrupt(image, name, 3, seed=1)).all()
    drawn = {corrupt(image, name, 3, seed=seed).tobytes() for seed in range(8)}
    random = {"noise", "bias_field", "ghosting", "motion", "rotation", "shift"}
    assert (len(drawn) > 1) == (name in random)


@every
def test_channels_that_are_alike_stay_alike(name):
    gray = draw(3)
    result = corrupt(np.repeat(gray[..., None], 3, axis=-1), name, 4, seed=2)

    assert (result == corrupt(gray, name, 4, seed=2)[..., None]).all()


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(list(CORRUPTIONS)), st.sampled_from([0, 255]), st.integers(1, 5))
def test_flat_images_do_no_harm(name, gray, severity):
    image = np.full((40, 40), gray, np.uint8)

    assert corrupt(image, name, severity).shape == image.shape


@pytest.mark.parametrize(
    ("image", "name", "severity", "said"),
    [
        (np.zeros((8, 8), np.uint8), "fog", 1, "Expected one of noise, blur"),
        (np.zeros((8, 8), np.uint8), "blur", 6, "from 0 to 5"),
        (np.zeros((8, 8)), "blur", 1, "uint8 of shape"),
        (np.zeros(8, np.uint8), "blur", 1, "uint8 of shape"),
    ],
)
def test_what_cannot_be_corrupted_is_refused(image, name, severity, said):
    with pytest.raises(ValueError, match=said):
        corrupt(image, name, severity)


def test_every_corruption_has_its_severities_in_order():
    for kind in CORRUPTIONS.values():
        away = np.abs(np.array(kind.amounts) - kind.neutral)
        assert len(away) == len(SEVERITIES)
        assert (np.diff(away) > 0).all()
