import base64
import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from brain_tumor_kedro.assessment.pages import embed_figures, flatten
from web_page import png


def test_figures_are_drawn_or_taken_as_they_are_and_sized_for_a_screen():
    drawn, taken = embed_figures(
        {"roc": (Figure(figsize=(1, 2)), "A curve."), "sizes": (png((240, 120)), "Sizes.")}
    )

    assert (drawn["name"], drawn["caption"]) == ("roc", "A curve.")
    assert (drawn["width"], drawn["height"]) == (96, 192)
    assert Image.open(io.BytesIO(base64.b64decode(drawn["png"]))).size == (120, 240)
    assert base64.b64decode(taken["png"]) == png((240, 120))
    assert (taken["width"], taken["height"]) == (192, 96)


def test_bytes_that_are_no_png_are_refused():
    with pytest.raises(ValueError, match=r"'roc'.*PNG"):
        list(embed_figures({"roc": (b"GIF89a", "x")}))


def test_nested_settings_become_one_level():
    nested = {"head": {"units": [256, 64], "bias": True}, "seed": 0}
    assert flatten(nested) == {"head.units": "256, 64", "head.bias": True, "seed": 0}
