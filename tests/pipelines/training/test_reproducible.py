"""The same seed gives the same numbers, on phantoms and with all that is random."""

import json
import subprocess
import sys

import pytest

#: In a program of its own: TensorFlow stays deterministic until its program ends.
TRAIN_TWICE = """
import json
import numpy as np
import pandas as pd
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice

classes = ("glioma", "no_tumor")
patients = [Patient(f"phantom {seed}", classes[seed % 2], seed) for seed in range(8)]
slices = [draw_slice(patient, cut, 64).image for patient in patients for cut in (-1, 0, 1)]
manifest = pd.DataFrame({
    "row": range(24),
    "label": np.repeat([patient.label for patient in patients], 3),
    "split": np.repeat(["train"] * 6 + ["val"] * 2, 3),
})
recipe = Recipe.model_validate({
    "backbone": "sample_cnn", "weights": "none", "image_size": 48, "batch_size": 6,
    "head": {"dense": [8], "dropout": 0.5},
    "augmentation": {
        "brightness": [0.8, 1.2], "contrast": [0.9, 1.1], "rotation": 10, "translation": 0.05,
        "shear": 0.05, "zoom": 0.1, "horizontal_flip": True, "vertical_flip": True, "noise": 3.0,
    },
    "phases": [{"name": "all", "trainable": "all", "learning_rate": 1e-2, "epochs": 3}],
})
images = np.round(np.stack(slices) * 255).astype(np.uint8)
for _ in (1, 2):
    result = train(recipe, images, manifest, classes, 4, compute=Compute(deterministic=True))
    history = result.history.drop(columns=["phase", "seconds"])
    print(json.dumps([history.to_dict("list"), result.summary["fingerprint"]]))
"""


def test_with_deterministic_operations_a_seed_gives_the_same_history() -> None:
    program = [sys.executable, "-c", TRAIN_TWICE]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    assert len(first[0]["loss"]) == 3
    for name, values in first[0].items():
        assert second[0][name] == pytest.approx(values, abs=1e-6), name
    assert first[1] == second[1], "the weights differ"
