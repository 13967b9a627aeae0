import numpy as np

from brain_tumor_kedro.imaging.borders import border_level


def test_the_border_is_the_outermost_pixels():
    image = np.full((6, 9), 200, np.uint8)
    image[0] = image[-1] = 3
    image[:, 0] = image[:, -1] = 3

    assert border_level(image) == 3.0
