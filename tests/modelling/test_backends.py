"""The core of training on another backend of Keras, where TensorFlow is not installed."""

import json
import os
import subprocess
import sys

import pytest

#: Trains in a process in which nothing can import TensorFlow.
TRAINING = """
import importlib.abc, importlib.machinery, json, sys

class NoTensorFlow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        ours = name.partition(".")[0] == "tensorflow"
        return importlib.machinery.ModuleSpec(name, self) if ours else None

    def exec_module(self, module):
        raise ModuleNotFoundError(f"{module.__name__} is not installed here")

sys.meta_path.insert(0, NoTensorFlow())

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.attention_pooling import pool_slices
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.inference import predict, predict_table
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import with_temperature

images = np.random.default_rng(0).integers(0, 90, (24, 40, 40), dtype=np.uint8)
images[0::2, :, :20] += 120
images[1::2, :, 20:] += 120
manifest = pd.DataFrame({
    "image_id": [str(number) for number in range(24)], "row": range(24),
    "label": ["left", "right"] * 12, "split": ["train"] * 16 + ["val"] * 8,
})
head = {"name": "head", "trainable": "head", "learning_rate": 1e-3, "epochs": 2, "augment": False}
tune = {
    "name": "tune", "trainable": 2, "learning_rate": 1e-3, "epochs": 3,
    "early_stopping": {"monitor": "val_f1_positive", "patience": 1},
}
recipe = Recipe.model_validate({
    "backbone": "sample_cnn", "weights": "none", "image_size": 32, "batch_size": 8,
    "class_weights": "balanced", "augmentation": {"brightness": [0.9, 1.1], "rotation": 5},
    "head": {"dense": [8], "dropout": 0.2, "output": "sigmoid"}, "phases": [head, tune],
})
compute = Compute(resident=True, deterministic=True)
result = train(recipe, images, manifest, ("left", "right"), compute=compute, positive=("right",))
path = sys.argv[1] + "/model.keras"
model = with_temperature(average_mirrored(result.model), 0.5)
model.save(path)
loaded = keras.saving.load_model(path)
patients, place = np.repeat(np.arange(8), 3), np.arange(8)
slices = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
few = AttentionPooling(hidden=2, epochs=2)
pooled = pool_slices(slices, patients, place % 2 == 0, place < 5, place >= 5, few)
print(json.dumps({
    "attention": np.bincount(patients, pooled.attention).tolist(),
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "backend": result.summary["versions"]["backend"],
    "epochs": len(result.history),
    "complete": bool(result.history.notna().all(axis=None)),
    "saved": predict(loaded, images, np.arange(4)).tolist(),
    "trained": predict(model, images, np.arange(4)).tolist(),
    "tables": [len(table) for table in predict_table(loaded, images, manifest, ("left", "right"))],
}))
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_training_needs_no_tensorflow(backend: str, tmp_path: object) -> None:
    pytest.importorskip(backend)
    process = subprocess.run(
        [sys.executable, "-c", TRAINING, str(tmp_path)],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout.splitlines()[-1])
    assert "tensorflow" not in report["modules"]
    assert report["backend"].startswith(f"{backend} ")
    assert report["epochs"] >= 4
    assert report["complete"]
    assert report["tables"] == [24, 24]
    assert report["attention"] == pytest.approx([1] * 8)
    for ours, theirs in zip(report["saved"], report["trained"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
