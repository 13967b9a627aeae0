import numpy as np
import pytest

from brain_tumor_kedro.imaging.sheets import WIDTH, place_image, start_sheet, wrap_name, write


def test_a_sheet_is_measured_in_inches_and_says_what_it_shows():
    figure, axes = start_sheet(3.0, "Title", "phantom data")

    assert figure.get_size_inches().tolist() == [WIDTH, 3.0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, WIDTH), (3.0, 0))
    assert [text.get_text() for text in axes.texts] == ["Title", "phantom data"]


def test_an_image_fills_its_square_and_keeps_its_proportions():
    _, axes = start_sheet(3.0, "", "")
    pixels = np.zeros((10, 20), np.uint8)

    place_image(axes, pixels, 1.0, 0.5, 2.0)

    assert axes.images[0].get_extent() == [1.0, 3.0, 2.0, 1.0]
    assert axes.get_xlim() == (0, WIDTH)


def test_nothing_is_written_where_there_is_nothing_to_say():
    _, axes = start_sheet(3.0, "", "")
    write(axes, 0, 0, "")
    assert len(axes.texts) == 0


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("short.jpg", ["short.jpg"]),
        ("Testing/image(1).jpg", ["Testing/", "image(1).jpg"]),
        ("abcdefghijklmnopqrst", ["abcdefghijkl", "mnopqrst"]),
        ("kaggle/set/Testing/image(1).jpg", [".../Testing/", "image(1).jpg"]),
    ],
)
def test_names_break_behind_a_slash_and_lose_their_beginning(name, lines):
    broken = wrap_name(name, 12)

    assert broken == lines
    assert all(len(line) <= 12 for line in broken)


def test_a_name_on_one_line_loses_its_beginning():
    assert wrap_name("kaggle/collection", 12, lines=1) == ["...ollection"]
