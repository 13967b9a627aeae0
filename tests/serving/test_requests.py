import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.serving import requests
from brain_tumor_kedro.serving.requests import RequestError, show_request
from bundles import bomb, draw_slice, encode, encode_png, encode_text

PIXELS = draw_slice(side=40)
PATIENT = "Doe^Jane"


def table(*images: object, **others: object) -> pd.DataFrame:
    return pd.DataFrame({"image": pd.Series(list(images), dtype=object), **others})


@pytest.mark.parametrize(
    "image",
    [encode_png(PIXELS), encode_text(PIXELS), PIXELS, PIXELS.tolist(), PIXELS.astype(np.int64)],
    ids=["bytes", "base64", "array", "lists", "long integers"],
)
def test_an_image_comes_as_its_file_or_as_an_array(image):
    ((place, shown),) = show_request(table(image))

    assert (place, shown.file, shown.frame) == (1, "image 1", None)
    np.testing.assert_array_equal(shown.picture.pixels, PIXELS)
    assert shown.picture.pixels.dtype == np.uint8


def test_color_arrays_keep_their_channels():
    color = np.stack([PIXELS, PIXELS, PIXELS // 2], axis=-1)

    for image in (color, color.tolist()):
        ((_, shown),) = show_request(table(image))
        np.testing.assert_array_equal(shown.picture.pixels, color)


def test_names_are_those_of_the_request_where_it_has_some():
    frame = table(PIXELS, PIXELS, PIXELS, file=["a/b.png", None, float("nan")])

    assert [shown.file for _, shown in show_request(frame)] == ["a/b.png", "image 2", "image 3"]


def test_a_file_of_several_frames_is_several_images():
    frames = [Image.fromarray(draw_slice(seed)) for seed in range(3)]
    file = encode_tiff(frames)

    found = list(show_request(table(encode_png(PIXELS), encode(file))))

    assert [(place, shown.frame) for place, shown in found] == [(1, None), (2, 0), (2, 1), (2, 2)]


def encode_tiff(frames: list[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def test_lists_in_one_row_are_as_many_images():
    text = encode_text(PIXELS)
    frame = table([text, text], file=[["a", "b"]])

    assert [shown.file for _, shown in show_request(frame)] == ["a", "b"]
    with pytest.raises(RequestError, match="as many values of 'file'"):
        list(show_request(table([text, text], file=[["a"]])))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "found nothing"),
        (5, "found a number"),
        (True, "found true or false"),
        ({"a": PATIENT}, "found an object"),
        (PATIENT + "?", "a text, but no base64"),
        ("", "the file has no bytes"),
        (encode(PATIENT.encode()), "expected"),
        (encode(encode_png(PIXELS)[:300]), "broken or cut short"),
        ([[1, 2], [3]], "not of one length"),
        ([1, 2], r"found shape \(2,\)"),
        ([], r"found shape \(0,\)"),
        (np.zeros((4, 4, 4), np.uint8), r"found shape \(4, 4, 4\)"),
        ([[0.5, 1.0]], "whole numbers from 0 to 255"),
        ([[0, 256]], "whole numbers from 0 to 255"),
        ([[-1, 2]], "whole numbers from 0 to 255"),
        ([[1]] * 8193, "more than 8,192 rows or columns"),
        ([[1] * 8193], "more than 8,192 rows or columns"),
        ([["a", PATIENT]], "whole numbers from 0 to 255"),
        (encode(bomb()), "pixels"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_about_is_named_by_its_place_and_not_quoted(image, said):
    with pytest.raises(RequestError, match=said) as caught:
        list(show_request(table(PIXELS, image)))

    assert "Image 2 of the request" in str(caught.value)
    assert "Doe" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["", "a" * 256, 3])
def test_a_name_is_a_short_text(name):
    with pytest.raises(RequestError, match="a text of 1 to 255 characters"):
        list(show_request(table(PIXELS, file=[name])))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame(), "Expected images, in a column 'image'"),
        (pd.DataFrame({"picture": [1]}), "Expected images, in a column 'image'"),
        (table(), "an empty request"),
        (table(*[PIXELS] * 65), "at most 64 images, found 65"),
        (table("A" * 2**24, "A" * 2**24, "A"), "too large: 33,554,433 bytes"),
        (table(b"A" * (2**24 + 1)), "Image 1 .* 16,777,217 bytes, expected at most 16,777,216"),
    ],
    ids=["nothing", "another column", "no row", "too many", "request too large", "too large"],
)
def test_a_request_has_images_and_not_too_many(frame, said):
    with pytest.raises(RequestError, match=said):
        list(show_request(frame))


def test_pixels_and_frames_are_bounded(monkeypatch):
    monkeypatch.setattr(requests, "MAX_PIXELS", 40 * 40 - 1)
    with pytest.raises(RequestError, match=r"1,600 pixels, expected at most 1,599"):
        list(show_request(table(PIXELS)))

    monkeypatch.setattr(requests, "MAX_PIXELS", 40 * 40)
    monkeypatch.setattr(requests, "MAX_FRAMES", 2)
    with pytest.raises(RequestError, match="at most 2 images in all files"):
        list(show_request(table(PIXELS, PIXELS, PIXELS)))

    monkeypatch.setattr(requests, "MAX_FRAMES", 3)
    monkeypatch.setattr(requests, "MAX_REQUEST_PIXELS", 2 * 40 * 40)
    assert len(list(show_request(table(PIXELS, PIXELS)))) == 2
    with pytest.raises(RequestError, match="at most 3,200 pixels in all images"):
        list(show_request(table(PIXELS, PIXELS, PIXELS)))


def test_a_question_ends_as_one():
    assert str(requests.refuse(1, "is it cut short?")).endswith("cut short?")
    assert str(requests.refuse(1, "it is odd")).endswith("odd.")
