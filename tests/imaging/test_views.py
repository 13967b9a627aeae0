import numpy as np
import pytest
from scipy.fft import dctn

from brain_tumor_kedro.imaging.normalization import find_frame
from brain_tumor_kedro.imaging.views import VIEWS, turn, turn_frames, turn_frequencies

EVERY_VIEW = pytest.mark.parametrize("view", range(8), ids=VIEWS)


def make_images(n: int = 3, side: int = 12) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, side, side)).astype(np.float32)


def test_the_names_say_what_is_done():
    image = np.array([[[1, 2], [3, 4]]])

    turned = {name: turn(image, view)[0].tolist() for view, name in enumerate(VIEWS)}

    assert turned["upright"] == [[1, 2], [3, 4]]
    assert turned["turned_90"] == [[2, 4], [1, 3]]
    assert turned["turned_180"] == [[4, 3], [2, 1]]
    assert turned["mirrored"] == [[2, 1], [4, 3]]
    assert turned["mirrored_turned_90"] == [[1, 3], [2, 4]]


def test_all_views_differ_and_every_one_is_undone_by_another():
    images = make_images()

    views = [turn(images, view) for view in range(8)]

    assert len({turned.tobytes() for turned in views}) == 8
    for turned in views:
        assert sum(np.array_equal(turn(turned, back), images) for back in range(8)) == 1


@EVERY_VIEW
def test_turned_images_keep_their_type_and_lie_in_one_piece(view):
    turned = turn(make_images().astype(np.uint8), view)

    assert turned.dtype == np.uint8
    assert turned.flags["C_CONTIGUOUS"]


@EVERY_VIEW
def test_turned_frequencies_are_those_of_the_turned_images(view):
    images = make_images()
    low = dctn(images, axes=(1, 2), norm="ortho")[:, :5, :5]

    expected = dctn(turn(images, view), axes=(1, 2), norm="ortho")[:, :5, :5]

    assert turn_frequencies(low, view) == pytest.approx(expected, abs=1e-5)


def test_turned_frames_are_those_of_the_turned_images_each_in_its_own_view():
    images = make_images(n=8)
    views = np.arange(8)

    turned = turn_frames(find_frame(images), views)

    expected = [find_frame(turn(images[[view]], view))[0] for view in views]
    assert turned == pytest.approx(np.stack(expected), abs=1e-5)
    assert turned.dtype == np.float32


def test_turning_leaves_the_given_frames_and_frequencies_as_they_are():
    frames, frequencies = find_frame(make_images()), make_images()
    before = frames.copy(), frequencies.copy()

    turn_frames(frames, np.array([5, 6, 7]))
    turn_frequencies(frequencies, 7)

    assert (frames == before[0]).all()
    assert (frequencies == before[1]).all()
