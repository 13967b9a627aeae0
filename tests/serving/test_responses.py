import base64
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.doubts import BURNED_IN
from brain_tumor_kedro.serving.answers import Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.columns import HEAT_MAP, columns_of
from brain_tumor_kedro.serving.requests import RequestError
from brain_tumor_kedro.serving.responses import respond
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from bundles import SIDE, draw_slice, encode_png, make_bundle
from dicom_files import NAME, make_dicom


@pytest.fixture(scope="module")
def bundle():
    return make_bundle()


def table(*images: object) -> pd.DataFrame:
    return pd.DataFrame({"image": pd.Series(list(images), dtype=object)})


def test_the_response_is_what_the_answerer_says(bundle):
    pixels = [draw_slice(seed) for seed in range(3)]

    found = respond(bundle, table(*map(encode_png, pixels)), AnswerSettings())

    shown = [Shown(f"image {n}", None, Picture(one, "L")) for n, one in enumerate(pixels, 1)]
    rows = [answer.row for answer in Answerer(bundle).answer(shown)]
    assert found.columns.tolist() == list(columns_of(TUMOR_TYPE.classes))
    pd.testing.assert_frame_equal(found.astype(object), pd.DataFrame(rows, dtype=object))


def test_what_is_not_known_is_null_and_no_number(bundle):
    found = respond(bundle, table(draw_slice()), AnswerSettings())

    (row,) = json.loads(json.dumps(found.to_dict("records"), allow_nan=False))
    assert row["frame"] is row["out_of_distribution"] is row["reason"] is None
    assert found["p_glioma"].dtype == np.float64
    assert found["needs_review"].dtype == bool


def test_text_in_an_image_is_told_to_whoever_asks(bundle):
    content = make_dicom(draw_slice(), BurnedInAnnotation="YES")

    (row,) = respond(bundle, table(content), AnswerSettings()).to_dict("records")

    assert row["needs_review"]
    assert BURNED_IN in row["reason"]
    assert NAME not in str(row)


def test_heat_maps_come_as_pictures(bundle):
    found = respond(bundle, table(draw_slice()), AnswerSettings(heat_maps=True))

    picture = Image.open(io.BytesIO(base64.b64decode(found[HEAT_MAP][0])))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (SIDE, SIDE))


def test_an_image_that_the_classifier_cannot_look_at_refuses_the_request():
    grade = make_bundle(GLIOMA_GRADE)
    sequences = np.stack([draw_slice(seed) for seed in range(3)], axis=-1)

    assert len(respond(grade, table(sequences), AnswerSettings())) == 1
    with pytest.raises(RequestError, match=r"Image 2 .* T1CE, T2, FLAIR"):
        respond(grade, table(sequences, sequences[..., 0]), AnswerSettings())


def test_a_level_that_is_not_known_refuses_the_request(bundle):
    with pytest.raises(RequestError, match=r"one of the levels 0\.9, 0\.95, received 0\.5"):
        respond(bundle, table(draw_slice()), AnswerSettings(level=0.5))
