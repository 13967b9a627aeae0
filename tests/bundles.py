"""Bundles of a tiny classifier, for everything that answers."""

import base64
import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import keras
import mlflow
import numpy as np
from PIL import Image

from brain_tumor_kedro import serving, tracking
from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import with_temperature
from brain_tumor_kedro.serving.answers import REQUESTED
from brain_tumor_kedro.serving.bundle import Bundle, BundleFacts
from brain_tumor_kedro.serving.columns import types_of
from brain_tumor_kedro.tasks import TUMOR_TYPE, Task

SIDE = 40
RECIPE = Recipe.model_validate(
    {
        "backbone": "sample_cnn",
        "weights": "none",
        "image_size": 32,
        "batch_size": 8,
        "precision": "float32",
        "phases": [{"name": "only", "trainable": "all", "learning_rate": 1e-3, "epochs": 1}],
    }
)


@cache
def tiny_classifier(task: Task = TUMOR_TYPE) -> keras.Model:
    """Make a classifier that was never trained; it takes images of any size."""
    keras.utils.set_random_seed(0)
    channels = len(task.channels) or 1
    return with_temperature(build_classifier(RECIPE, task.classes, channels=channels), 0.7)


def make_bundle(task: Task = TUMOR_TYPE, guard: Any = None, **changes: Any) -> Bundle:
    """Make a bundle of it; keywords replace what its facts say."""
    classifier = tiny_classifier(task)
    facts = {
        "task": task.name,
        "classes": task.classes,
        "channels": task.channels,
        "image_size": SIDE,
        "recipe_name": "tiny",
        "recipe": RECIPE.model_dump(mode="json"),
        "fingerprint": fingerprint(classifier),
        "manifest_digest": "d1",
        "split_strategy": "group",
        "phantom": True,
        "git_revision": "r1",
        "created": "2026-01-01 00:00 UTC",
        "temperature": 0.7,
        "levels": (0.9, 0.95),
        "quantiles": {"0.9": 0.7, "0.95": 0.8},
        "answer_from": 0.2,
        "val_images": 40,
    }
    return Bundle(BundleFacts.model_validate(facts | changes), classifier, guard)


def write_bundle(folder: Path, bundle: Bundle | None = None) -> Path:
    """Write a bundle as a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (bundle or make_bundle()).files():
        (folder / name).write_bytes(content)
    return folder


def draw_slice(seed: int = 0, side: int = 64) -> np.ndarray:
    """Draw a bright disk with texture, `uint8` `(side, side)`, which curation would keep."""
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    noise = np.random.default_rng(seed).integers(40, 200, (side, side))
    return np.where(rows**2 + columns**2 < 0.7, noise, 0).astype(np.uint8)


def encode(content: bytes) -> str:
    """Write a file as a request carries it."""
    return base64.b64encode(content).decode()


def bomb(side: int = 60_000) -> bytes:
    """Make a PNG of a few bytes that declares, and would unpack to, gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side + 1) * 100, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def encode_png(pixels: np.ndarray) -> bytes:
    """Write a picture as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def encode_text(pixels: np.ndarray) -> str:
    """Write a picture as a request carries it: a PNG file as base64."""
    return encode(encode_png(pixels))


def start_store(folder: Path) -> str:
    """Make a tracking store with an experiment of its own, and use it."""
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("test", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("test")
    return uri


def register_bundle(folder: Path, name: str, task: Task = TUMOR_TYPE) -> dict[str, Any]:
    """Register the bundle in a folder in the present store, as the pipeline does."""
    script = Path(serving.__file__).with_name("pyfunc.py")
    outputs = types_of(task.classes)
    with mlflow.start_run():
        return tracking.register_bundle(folder, script, name, {"phantom": True}, outputs, REQUESTED)
