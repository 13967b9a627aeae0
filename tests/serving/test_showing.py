import io

import numpy as np
from PIL import Image

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.showing import number_frames, show_file
from bundles import draw_slice


def encode(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_picture_is_shown_without_a_number():
    (shown,) = show_file("a/b.png", encode(draw_slice()))

    assert (shown.file, shown.frame, shown.problem) == ("a/b.png", None, None)
    np.testing.assert_array_equal(shown.picture.pixels, draw_slice())


def test_frames_are_numbered_where_there_are_several():
    pictures = [Picture(draw_slice(seed), "L") for seed in range(3)]

    assert [one.frame for one in number_frames("a", iter(pictures))] == [0, 1, 2]
    assert [one.frame for one in number_frames("a", iter(pictures[:1]))] == [None]
    assert list(number_frames("a", iter([]))) == []


def test_what_cannot_be_read_says_why():
    cut = encode(draw_slice())[:200]
    contents = {"empty": b"", "not_an_image": b"no picture at all", "unreadable": cut}

    for fault, content in contents.items():
        (shown,) = show_file("a", content)
        assert shown.picture is None
        assert shown.problem
        assert shown.fault == fault
