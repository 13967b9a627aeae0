import dataclasses

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_windowing

from brain_tumor_kedro.datasets.dicom_display import Display, Table, Window

VALUES = np.arange(0, 4000, 7, dtype=np.int16).reshape(-1, 4)
PLAIN = Display(modality=None, interest=None, inverted=False, bits=16, padding=None)


def show(values: np.ndarray = VALUES, **changes) -> np.ndarray:
    return dataclasses.replace(PLAIN, **changes).show(values)[0]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(1200, 900), (-40.5, 1), (2000, 4000)])
def test_windows_are_those_of_pydicom(function, center, width):
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.VOILUTFunction = "MONOCHROME2", function
    dataset.WindowCenter, dataset.WindowWidth = center, width
    dataset.BitsStored, dataset.PixelRepresentation = 12, 0
    with np.errstate(over="ignore"):
        expected = apply_windowing(VALUES, dataset) / 4095

    found = Window(center, width, function).apply(VALUES)

    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32


def test_a_window_of_one_value_tells_two_sides_apart():
    found = Window(100, 1).apply(np.array([98, 99, 100, 101]))

    assert found.tolist() == [0, 0, 1, 1]


def test_tables_hold_their_ends():
    table = Table(np.array([5, 7, 9], np.uint16), first=-1)

    assert table.look_up(np.array([-9, -1, 0, 1, 9])).tolist() == [5, 5, 7, 9, 9]
    assert table.look_up(np.array([np.nan, 1.0])).tolist() == [7, 9]
    np.testing.assert_array_equal(table.apply(np.array([-1, 0, 1])), [0, 0.5, 1])


@pytest.mark.parametrize(
    ("percent", "left_out"), [(0, False), (1.0, False), (4, True), (20, True), (100, True)]
)
def test_a_window_is_left_out_that_makes_much_white(percent, left_out):
    top = 4000 * (1 - percent / 100)

    found = dataclasses.replace(PLAIN, interest=Window(top / 2, max(top, 2))).show(VALUES)

    assert found[1] == left_out
    if left_out:
        np.testing.assert_array_equal(found[0], VALUES)


@pytest.mark.parametrize(("bottom", "left_out"), [(300, False), (550, False), (900, True)])
def test_a_window_may_make_the_dark_black(bottom, left_out):
    window = Window((4000 + bottom) / 2, 4000 - bottom)

    assert dataclasses.replace(PLAIN, interest=window).show(VALUES)[1] == left_out


def test_a_lone_hot_pixel_does_not_hide_what_a_window_hides():
    values = np.tile(VALUES, (12, 4))
    values[0, 0] = 32000
    window = Window(1000, 2000)

    assert dataclasses.replace(PLAIN, interest=window).show(values)[1]


def test_a_constant_image_is_shown_without_its_window():
    flat = np.full((4, 4), 7, np.int16)

    np.testing.assert_array_equal(show(flat, interest=Window(5, 3)), flat)


def test_padding_does_not_count_as_hidden():
    values = np.vstack([VALUES, np.full_like(VALUES, 30000)])
    display = dataclasses.replace(PLAIN, interest=Window(2000, 4010), padding=(30000, 30000))

    shown, left_out = display.show(values)

    assert not left_out
    np.testing.assert_allclose(shown[len(VALUES) :], shown.min())


def test_where_all_is_padding_nothing_is():
    np.testing.assert_array_equal(show(padding=(-9, 9999)), VALUES)


def test_inverted_tables_and_windows_are_inverted():
    plain, inverted = (show(interest=Window(2000, 4010), inverted=flag) for flag in (False, True))

    np.testing.assert_allclose(inverted, 1 - plain)


def test_wide_integers_are_inverted_without_losing_their_last_digits():
    plain, inverted = (show(VALUES.astype(np.uint32), inverted=flag) for flag in (False, True))

    np.testing.assert_array_equal(-inverted, plain)
