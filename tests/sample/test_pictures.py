import numpy as np
import pytest

from brain_tumor_kedro.sample.pictures import brightened, decode, encode, padded, shrunk, to_gray

GRAY = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)


@pytest.mark.parametrize("rgb", [False, True])
def test_png_keeps_pixels_and_jpeg_almost(rgb: bool):
    np.testing.assert_array_equal(decode(encode(GRAY, ".png", rgb=rgb)), GRAY)
    jpeg = decode(encode(GRAY, ".jpg", 90, rgb))
    assert np.abs(jpeg.astype(int) - GRAY).max() < 8


def test_to_gray_uses_the_full_range():
    assert to_gray(np.array([[0, 2000, 4000]], np.int16)).tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(("aspect", "shape"), [(2.0, (60, 120)), (1.0, (60, 60)), (0.5, (120, 60))])
def test_padding_reaches_the_aspect(aspect: float, shape: tuple[int, int]):
    square = np.pad(GRAY, ((10, 10), (0, 0)))
    assert padded(square, aspect).shape == shape


def test_shrinking_keeps_proportions():
    assert shrunk(GRAY, 30).shape == (20, 30)


def test_gamma_bends_the_curve():
    assert brightened(GRAY, 0.8, 1.0).mean() > GRAY.mean() > brightened(GRAY, 1.2, 1.0).mean()
