"""The registered model, asked as MLflow's server asks it; see test_server.py for the server."""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.scoring_server import invocations

from brain_tumor_kedro import tracking
from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.answers import Answerer, Shown
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.tasks import TUMOR_TYPE
from bundles import draw_slice, encode_png, encode_text, register_bundle, start_store, write_bundle

NAME = "brain_tumor_served"
TEXT = encode_text(draw_slice())
LISTS = draw_slice(side=40).tolist()


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    before = mlflow.get_tracking_uri()
    start_store(folder)
    yield register_bundle(write_bundle(folder / "bundle"), NAME)
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def model(registered):
    return mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")


def post(model, body: object, content_type: str = "application/json") -> list[dict]:
    content = body if isinstance(body, str) else json.dumps(body)
    found = invocations(content, content_type, model, model.metadata.get_input_schema())
    assert found.status == 200, found.response
    return json.loads(found.response)["predictions"]


def refused(model, body: object) -> str:
    with pytest.raises(MlflowException) as caught:
        post(model, body)
    assert caught.value.get_http_status_code() == 400
    return json.loads(caught.value.serialize_as_json())["message"]


def test_the_model_is_the_bundle_and_a_script(registered):
    folder = tracking.fetch_bundle(registered["model_uri"])

    files = {path.name for path in folder.parents[1].rglob("*") if path.is_file()}
    assert {"bundle.json", "classifier.keras", "pyfunc.py", "MLmodel"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".h5"))]
    needed = (folder.parents[1] / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in needed] == ["mlflow", "brain_tumor_kedro"]


def test_the_bundle_is_found_by_alias_version_run_and_place(registered, tmp_path):
    run = registered["run_id"]
    folder = write_bundle(tmp_path)
    uris = (f"models:/{NAME}@challenger", f"models:/{NAME}/1", f"runs:/{run}/classifier")

    loaded = [Bundle.load(tracking.fetch_bundle(uri)) for uri in (*uris, str(folder))]

    assert len({bundle.facts.fingerprint for bundle in loaded}) == 1


@pytest.mark.parametrize(
    "uri", ["models:/nothing@champion", f"models:/{NAME}@champion", f"models:/{NAME}/7",
            "runs:/abc/classifier", "no/folder", "http://127.0.0.1:1/model"]
)  # fmt: skip
def test_a_model_that_is_not_there_is_told(registered, uri):
    with pytest.raises(ValueError, match=r"Expected a model such as .*registration"):
        tracking.fetch_bundle(uri)


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [{"image": TEXT}, {"image": TEXT}]},
        {"dataframe_split": {"columns": ["image"], "data": [[TEXT], [TEXT]]}},
        {"inputs": {"image": [TEXT, TEXT]}},
        {"inputs": [{"image": TEXT}, {"image": TEXT}]},
        {"instances": [{"image": TEXT}, {"image": TEXT}]},
        {"dataframe_records": [{"image": LISTS}, {"image": TEXT}]},
        {"inputs": {"image": [LISTS, LISTS]}},
        {"instances": [{"image": LISTS}, {"image": LISTS}]},
    ],
    ids=["records", "split", "columns", "inputs", "instances", "mixed", "arrays", "array records"],
)
def test_requests_of_every_kind_are_answered(model, body):
    rows = post(model, body)

    assert [row["file"] for row in rows] == ["image 1", "image 2"]
    assert all(row["label"] in TUMOR_TYPE.classes for row in rows)


def test_answers_are_those_of_the_answerer(model, registered):
    pixels = [draw_slice(seed, 50 + seed) for seed in range(5)]
    bundle = Bundle.load(tracking.fetch_bundle(registered["model_uri"]))
    shown = [Shown(f"{n}.png", None, Picture(one, "L")) for n, one in enumerate(pixels)]
    expected = [answer.row for answer in Answerer(bundle).answer(shown)]

    records = [{"image": encode_text(one), "file": f"{n}.png"} for n, one in enumerate(pixels)]
    rows = post(model, {"dataframe_records": records})

    for row, other in zip(rows, expected, strict=True):
        assert row == pytest.approx(other, abs=1e-6)


def test_python_hands_over_bytes_and_arrays(model):
    table = pd.DataFrame({"image": [encode_png(draw_slice()), draw_slice()]})

    found = model.predict(table, params={"heat_maps": True, "level": 0.95})

    np.testing.assert_allclose(found["p_glioma"][0], found["p_glioma"][1], atol=1e-6)
    assert base64.b64decode(found["heat_map"][0]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"dataframe_records": []}, "found none"),
        ({"inputs": []}, "found none"),
        ({"instances": [TEXT]}, "Expected images, in a column 'image'"),
        ({"dataframe_split": {"columns": ["image"], "data": []}}, "empty request"),
        ({"dataframe_records": [{"picture": TEXT}]}, "found none"),
        ({"dataframe_records": [{"image": 5}]}, "Image 1 .* found a number"),
        ({"dataframe_records": [{"image": TEXT}, {"image": TEXT[:200]}]}, "Image 2 .* cut short"),
        ({"inputs": {"image": ["A" * 50 * 2**20]}}, "too large: 52,428,800 bytes"),
        ({"dataframe_records": [{"image": TEXT}], "params": {"level": 0.5}}, "levels"),
        ({"dataframe_records": [{"image": TEXT}], "params": {"level": None}}, "valid number"),
    ],
)
def test_a_bad_request_is_a_short_400_that_quotes_nothing(model, body, said):
    found = refused(model, body)

    assert re.search(said, found)
    assert len(found) < 250
    assert TEXT[:40] not in found


def test_threads_ask_at_once(model):
    bodies = [{"dataframe_records": [{"image": encode_text(draw_slice(seed))}]}
              for seed in range(6)]  # fmt: skip
    alone = [post(model, body)[0]["p_glioma"] for body in bodies]

    with ThreadPoolExecutor(6) as threads:
        rows = list(threads.map(lambda body: post(model, body)[0], bodies * 4))

    np.testing.assert_allclose([row["p_glioma"] for row in rows], alone * 4, atol=1e-6)
