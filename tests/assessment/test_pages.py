import base64
import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import gaussian_filter

from brain_tumor_kedro.assessment.pages import embed_figures, flatten
from web_page import png


def decode(figure):
    return Image.open(io.BytesIO(base64.b64decode(figure["webp"])))


def png_of(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png")
    return buffer.getvalue()


def test_figures_are_drawn_or_taken_as_they_are_and_sized_for_a_screen():
    drawn, taken = embed_figures(
        {"roc": (Figure(figsize=(1, 2)), "A curve."), "sizes": (png((240, 120)), "Sizes.")}
    )

    assert (drawn["name"], drawn["caption"]) == ("roc", "A curve.")
    assert (drawn["width"], drawn["height"]) == (96, 192)
    assert decode(drawn).size == (120, 240)
    assert (taken["width"], taken["height"]) == (192, 96)


def test_a_chart_keeps_every_pixel():
    chart = np.full((60, 80, 3), 255, np.uint8)
    chart[20:40, 10:12] = (31, 95, 139)
    (figure,) = embed_figures({"chart": (png_of(chart), "A chart.")})
    np.testing.assert_array_equal(decode(figure), chart)


def test_a_picture_of_slices_takes_less_room_and_looks_the_same():
    noise = np.random.default_rng(0).normal(128, 20, (200, 200))
    slices = gaussian_filter(noise, 1).clip(0, 255).astype(np.uint8)
    picture = png_of(slices)
    (figure,) = embed_figures({"slices": (picture, "Slices.")})
    shown = np.asarray(decode(figure).convert("L"), float)
    assert len(figure["webp"]) < len(picture) / 2
    assert np.abs(shown - slices).mean() < 3


def test_bytes_that_are_no_png_are_refused():
    with pytest.raises(ValueError, match=r"'roc'.*PNG"):
        list(embed_figures({"roc": (b"GIF89a", "x")}))


def test_nested_settings_become_one_level():
    nested = {"head": {"units": [256, 64], "bias": True}, "seed": 0}
    assert flatten(nested) == {"head.units": "256, 64", "head.bias": True, "seed": 0}
