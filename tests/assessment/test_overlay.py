import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.overlay import (
    color_heat_map,
    draw_overlay,
    encode_layers,
    encode_png,
)

SIDE = 28


def image(channels=()):
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, *channels), dtype=np.uint8)


def spot(row=1, column=5):
    grid = np.zeros((7, 7), np.float32)
    grid[row, column] = 3.0
    return grid


@pytest.mark.parametrize("channels", [(), (3,)])
def test_the_image_shows_where_the_map_is_zero_and_is_colored_where_it_is_highest(channels):
    packed = image(channels)

    overlay = draw_overlay(packed, spot(), opacity=0.5)

    plain = packed if channels else np.repeat(packed[..., None], 3, axis=2)
    assert overlay.shape == (SIDE, SIDE, 3)
    assert overlay.dtype == np.uint8
    # the spot's cell covers rows 4 to 7 and columns 20 to 23, and fades into its neighbors
    np.testing.assert_array_equal(overlay[12:], plain[12:])
    row, column = np.unravel_index(color_heat_map(spot(), SIDE)[..., 3].argmax(), (SIDE, SIDE))
    assert 4 <= row < 8
    assert 20 <= column < 24
    red, _, blue = overlay[row, column].astype(int) * 2 - plain[row, column]
    assert red > 200  # yellow, the end of the colors
    assert blue < 80


@pytest.mark.parametrize("nothing", [np.zeros((7, 7)), np.full((7, 7), np.nan)])
def test_a_map_without_anything_leaves_the_image_as_it_is(nothing):
    overlay = draw_overlay(image(), nothing, opacity=1)

    np.testing.assert_array_equal(overlay, np.repeat(image()[..., None], 3, axis=2))


def test_colors_do_not_depend_on_the_scale_of_the_map():
    np.testing.assert_array_equal(color_heat_map(spot(), SIDE), color_heat_map(spot() * 1e-6, SIDE))


def test_the_layers_blend_to_the_overlay():
    layers = [Image.open(io.BytesIO(png)) for png in encode_layers(image(), spot())]

    assert [layer.mode for layer in layers] == ["L", "RGBA"]
    under, over = layers[0].convert("RGBA"), layers[1]
    over.putalpha(over.getchannel("A").point(lambda value: value * 0.4))
    blended = np.asarray(Image.alpha_composite(under, over).convert("RGB"))
    np.testing.assert_allclose(blended, draw_overlay(image(), spot(), 0.4).astype(float), atol=2)


def test_a_png_holds_pixels_and_nothing_else():
    png = encode_png(draw_overlay(image(), spot()))

    chunks, at = [], 8
    while at < len(png):
        chunks.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("shape", [(4, 5), (4, 4, 2), (4,), (4, 4, 3, 1)])
def test_what_is_no_packed_image_is_refused(shape):
    with pytest.raises(ValueError, match="Expected a packed image"):
        draw_overlay(np.zeros(shape, np.uint8), spot())


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_an_opacity_is_a_share(opacity):
    with pytest.raises(ValueError, match="from 0 to 1"):
        draw_overlay(image(), spot(), opacity)
