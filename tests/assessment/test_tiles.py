import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.tiles import Tile, TileRow, plot_tiles, shorten


def make_rows(rows: int, columns: int) -> list[TileRow]:
    noise = np.random.default_rng(0).integers(0, 256, (rows, columns, 299, 299), dtype=np.uint8)
    return [
        TileRow(
            f"{number}. $heading", [Tile(pixels, ("label", "words"), "#0072b2") for pixels in row]
        )
        for number, row in enumerate(noise)
    ]


def test_a_full_sheet_is_small_enough_even_of_noise() -> None:
    buffer = io.BytesIO()
    figure = plot_tiles(make_rows(12, 6), 6, "title", "subtitle", "phantom data")
    figure.savefig(buffer, format="png", dpi=130)
    assert len(buffer.getvalue()) < 2.4e6  # real images take half of that
    with Image.open(buffer) as picture:
        assert picture.width <= 1600


def test_every_tile_has_its_words_and_nothing_is_read_as_a_formula() -> None:
    figure = plot_tiles(make_rows(2, 3), 4, "title", "subtitle", "phantom data")
    figure.draw_without_rendering()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("label") == texts.count("words") == 6
    assert "1. $heading" in texts
    assert figure.get_suptitle() == "title\nsubtitle"
    assert figure.get_supxlabel() == "phantom data"
    assert len(figure.axes[0].patches) == len(figure.axes[0].images) == 6


def test_the_heading_stands_above_the_first_row_of_a_long_sheet() -> None:
    figure = plot_tiles(make_rows(12, 1), 6, "title", "subtitle")
    figure.draw_without_rendering()
    title = figure._suptitle.get_window_extent()
    first = min(figure.axes[0].texts, key=lambda text: text.get_position()[1])
    assert first.get_window_extent().y1 < title.y0


def test_colors_are_shown_as_they_are() -> None:
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[..., 0] = 250
    figure = plot_tiles([TileRow("", [Tile(pixels, ("a",), "black")])], 2, "title")
    shown = figure.axes[0].images[0].get_array()
    assert shown.shape[2] == 3
    assert (shown[..., 0] > 200).all()
    assert (shown[..., 1] == 0).all()


def test_a_sheet_without_rows_says_why() -> None:
    figure = plot_tiles([], 6, "title", data_note="note", nothing="no mistakes")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no mistakes"]


@pytest.mark.parametrize(("words", "shown"), [("short", "short"), ("kaggle/no/12.jpg", "…/12.jpg")])
def test_of_a_long_name_the_end_is_kept(words, shown) -> None:
    assert shorten(words, 0.5) == shown


def test_a_long_name_of_a_volume_stays_below_its_own_picture() -> None:
    name = "phantom_BraTS-GLI/BraTS19_WWWWWWWWWWWWWWWWW_026_1#019"
    tile = Tile(np.zeros((20, 20), np.uint8), (name.upper(), name), "black")
    figure = plot_tiles([TileRow("", [tile] * 6)], 6, "title")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    frames = [patch.get_window_extent() for patch in axes.patches]
    for place, text in enumerate(axes.texts):
        assert text.get_text().endswith("#019")
        assert text.get_window_extent().x1 <= frames[place // 2].x1 + 3
