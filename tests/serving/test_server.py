"""The server that the README starts, with requests good and bad."""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pytest
import requests
from PIL import Image

from brain_tumor_kedro import tracking
from brain_tumor_kedro.serving.answers import Answerer
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.showing import show_file
from bundles import (
    bomb,
    draw_slice,
    encode,
    encode_png,
    encode_text,
    register_bundle,
    start_store,
    write_bundle,
)
from model_servers import serve_model

pytestmark = pytest.mark.slow

NAME = "brain_tumor_on_a_server"
GOOD = encode_text(draw_slice())


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder, before = tmp_path_factory.mktemp("server"), mlflow.get_tracking_uri()
    uri = start_store(folder)
    register_bundle(write_bundle(folder / "bundle"), NAME)
    yield uri
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def address(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    with serve_model(f"models:/{NAME}@challenger", store, folder) as address:
        yield f"{address}/invocations"


@pytest.fixture(scope="module")
def answerer(store):
    return Answerer(Bundle.load(tracking.fetch_bundle(f"models:/{NAME}@challenger")))


def post(address: str, body: object) -> requests.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    return requests.post(address, content, headers=headers, timeout=60)


def ask(address: str, *images: str) -> list[dict]:
    found = post(address, {"dataframe_records": [{"image": image} for image in images]})
    assert found.status_code == 200, found.text
    return found.json()["predictions"]


def test_the_server_says_what_the_inference_says(address, answerer):
    contents = [encode_png(draw_slice(seed, 50 + seed)) for seed in range(5)]

    rows = ask(address, *map(encode, contents))

    for number, (row, content) in enumerate(zip(rows, contents, strict=True), start=1):
        (expected,) = answerer.answer(show_file(f"image {number}", content))
        assert row == pytest.approx(expected.row, abs=1e-6)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_command_of_the_readme_works(address, tmp_path):
    path = tmp_path / "slice.png"
    Image.fromarray(draw_slice(side=512)).save(path)  # its base64 is too long for an argument
    assert path.stat().st_size > 100_000
    command = (
        f'base64 < {path} | tr -d \'\\n\' | sed \'s/.*/{{"inputs": {{"image": ["&"]}}}}/\' | '
        f"curl -s {address} -H 'Content-Type: application/json' -d @-"
    )

    said = subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout

    (row,) = json.loads(said)["predictions"]
    assert row == ask(address, encode(path.read_bytes()))[0]


ATTACKS = {
    "50 MB of base64": {"dataframe_records": [{"image": "A" * 50_000_000}]},
    # Python takes half a minute to read 50 MB of these, as many as a body can hold.
    "5 MB of lists": b'{"dataframe_records": [{"image": [' + b"[1]," * 1_250_000 + b"[1]]}]}",
    "50 MB of anything": b"A" * 50_000_000,
    "a broken image": {"dataframe_records": [{"image": GOOD}, {"image": GOOD[:400]}]},
    "a number": {"dataframe_records": [{"image": 5}]},
    "null": {"dataframe_records": [{"image": None}]},
    "a text": {"dataframe_records": [{"image": "this is no image"}]},
    "an empty list": {"dataframe_records": []},
    "an empty list of inputs": {"inputs": []},
    "an empty image": {"dataframe_records": [{"image": ""}]},
    "no body": b"",
    "a list": b"[1, 2, 3]",
    "another column": {"dataframe_records": [{"picture": GOOD}]},
    "too many": {"dataframe_records": [{"image": GOOD}] * 65},
    "a bomb": {"dataframe_records": [{"image": encode(bomb())}]},
    "deep lists": b'{"inputs": {"image": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "a level": {"dataframe_records": [{"image": GOOD}], "params": {"level": 0.1}},
    "a word for a level": {"dataframe_records": [{"image": GOOD}], "params": {"level": "high"}},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_cannot_be_answered_is_refused_and_the_server_goes_on(address, attack):
    expected = ask(address, GOOD)

    found = post(address, ATTACKS[attack])

    assert 400 <= found.status_code < 500
    assert found.json()["message"]
    assert ask(address, GOOD) == expected


def test_another_kind_of_content_is_refused(address):
    found = requests.post(address, b"a", headers={"Content-Type": "image/png"}, timeout=60)

    assert found.status_code == 415


def test_good_and_bad_requests_at_once(address):
    expected = ask(address, GOOD)

    def work(number: int) -> bool:
        if number % 4:
            return ask(address, GOOD) == expected
        return post(address, {"dataframe_records": [{"image": GOOD[:400]}]}).status_code == 400

    with ThreadPoolExecutor(32) as threads:
        assert all(threads.map(work, range(96)))


def test_no_server_is_left_behind(store, tmp_path):
    with serve_model(f"models:/{NAME}@challenger", store, tmp_path) as address:
        assert requests.get(f"{address}/ping", timeout=60).ok

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/ping", timeout=60)
    assert "Traceback" not in next(Path(tmp_path).glob("*.log")).read_text()
