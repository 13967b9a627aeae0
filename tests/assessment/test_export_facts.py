import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.export_facts import list_files, state_facts
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE

SUMMARY = {
    "recipe_name": "small", "fingerprint": "f" * 64, "manifest_digest": "d" * 16, "phantom": True,
    "git_revision": "abc", "created": "2026-01-01 00:00 UTC", "temperature": {"value": 0.7},
}  # fmt: skip
CONTENTS = {
    "onnx": {"classifier.onnx": b"o"},
    "int8": {"classifier_int8.tflite": b"i"},
    "saved_model": {"saved_model/saved_model.pb": b"s", "saved_model/variables/v": b"v"},
}


def make_table() -> pd.DataFrame:
    table = pd.DataFrame({"format": ["keras", *CONTENTS]})
    return table.assign(
        file=[None, "classifier.onnx", "classifier_int8.tflite", "saved_model"],
        bytes=10, images=31, split="test", accuracy=0.5, max_difference=1e-6, threads=2, batch=32,
        images_per_second_single=9.87, images_per_second_batch=None,
        delivered=[True, True, False, True], reason=[None, None, "accuracy falls by 5%", None],
    )  # fmt: skip


@pytest.fixture
def files():
    facts = state_facts(SUMMARY, TUMOR_TYPE, 299)
    return dict(list_files(CONTENTS, make_table(), facts))


def test_what_is_left_out_is_not_there_and_the_page_says_why(files):
    assert list(files) == [
        "classifier.onnx", "saved_model/saved_model.pb", "saved_model/variables/v", "model.json",
        "README.md", "SHA256SUMS",
    ]  # fmt: skip
    page = files["README.md"].decode()
    assert "**Not delivered: int8**, since accuracy falls by 5%." in page
    assert "| onnx | `classifier.onnx` |" in page
    assert "onnxruntime.InferenceSession" in page
    assert "Interpreter(" not in page
    assert "9.9" in page


def test_facts_are_for_programs_and_the_same_each_time(files):
    facts = json.loads(files["model.json"])

    assert facts["classes"] == list(TUMOR_TYPE.classes)
    assert facts["input"] == {
        "name": "images", "dtype": "uint8", "shape": ["batch", "height", "width"],
        "trained_side": 299,
    }  # fmt: skip
    assert [row["format"] for row in facts["formats"]] == ["keras", *CONTENTS]
    assert facts["formats"][0]["images_per_second_batch"] is None
    assert "For research only" in facts["use"]
    again = dict(list_files(CONTENTS, make_table(), state_facts(SUMMARY, TUMOR_TYPE, 299)))
    assert again == files


def test_checksums_hold(files):
    lines = files["SHA256SUMS"].decode().splitlines()

    assert {line.split("  ")[1] for line in lines} == set(files) - {"SHA256SUMS"}
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest


@pytest.mark.parametrize("phantom", [True, False])
def test_phantoms_are_called_phantoms(phantom):
    facts = state_facts({**SUMMARY, "phantom": phantom}, TUMOR_TYPE, 64)
    page = dict(list_files(CONTENTS, make_table(), facts))["README.md"].decode()

    assert ("PHANTOM DATA" in page) == phantom
    assert ("Phantom data" in facts["data"]) == phantom


def test_channels_are_named():
    facts = state_facts(SUMMARY, GLIOMA_GRADE, 48)
    page = dict(list_files(CONTENTS, make_table(), facts))["README.md"].decode()

    assert facts["input"]["shape"] == ["batch", "height", "width", 3]
    assert "T1CE, T2, FLAIR" in page
    assert "(batch, height, width, 3)" in page
    assert "uint8 (height, width, 3): T1CE, T2, FLAIR" in page
    assert "Image.open" not in page


@pytest.mark.parametrize(("task", "told"), [(GLIOMA_GRADE, True), (TUMOR_TYPE, False)])
def test_answers_for_slices_are_not_taken_for_a_patients(task, told):
    page = dict(list_files(CONTENTS, make_table(), state_facts(SUMMARY, task, 48)))["README.md"]

    assert ("the patient's answer is put together from several" in page.decode()) == told


@pytest.mark.parametrize(("height", "width"), [(60, 80), (96, 32), (48, 48)])
@pytest.mark.parametrize("task", [TUMOR_TYPE, GLIOMA_GRADE])
def test_its_code_makes_squares_as_curation_does(task, height, width, tmp_path, monkeypatch):
    page = dict(list_files(CONTENTS, make_table(), state_facts(SUMMARY, task, 48)))["README.md"]
    code = re.search(r"```python\n(.*?)import onnxruntime", page.decode(), re.DOTALL)[1]
    channels = [len(task.channels)] if task.channels else []
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, *channels), dtype=np.uint8)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(pixels).save("slice.png")
    np.save("slice.npy", pixels)

    found = {}
    exec(code, found)  # noqa: S102

    planes = pixels.reshape(height, width, -1).transpose(2, 0, 1)
    packed = np.stack([fit_square(plane, 48) for plane in planes], axis=-1)
    np.testing.assert_array_equal(found["image"], packed.reshape(1, 48, 48, *channels))


@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_probabilities_without_a_temperature_are_not_called_calibrated(temperature):
    facts = state_facts({**SUMMARY, "temperature": {"value": temperature}}, TUMOR_TYPE, 48)
    page = dict(list_files(CONTENTS, make_table(), facts))["README.md"].decode()

    assert ("uncalibrated probabilities" in page) is (temperature == 1)
