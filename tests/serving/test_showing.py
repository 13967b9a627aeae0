import io

import numpy as np
from PIL import Image

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving import showing
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


def test_frames_before_a_fault_are_shown(monkeypatch):
    def two_and_a_fault(content):
        yield from [Picture(draw_slice(seed), "L") for seed in range(2)]
        raise ValueError("cut short")

    monkeypatch.setattr(showing, "decode_frames", two_and_a_fault)

    frames = list(showing.show_file("a", b"bytes"))

    assert [(one.frame, one.problem) for one in frames] == [
        (0, None), (1, None), (2, "cut short"),
    ]  # fmt: skip


def test_a_file_without_any_image_is_shown_too(monkeypatch):
    monkeypatch.setattr(showing, "decode_frames", lambda content: iter(()))

    (shown,) = showing.show_file("a", b"bytes")

    assert shown.problem == "the file holds no image"
