"""What tests of the app share: a folder of data, a guard, and the page as Streamlit runs it."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from streamlit.testing.v1 import AppTest

from brain_tumor_kedro.app import launch
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.tasks import TUMOR_TYPE
from bundles import SIDE, draw_slice


class FakeGuard:
    """Knows three images of each class, whose distance is their number."""

    threshold = 3.0

    def __init__(self, score=1.0, image_ids=()):
        self._score = score
        self.image_ids = np.array(image_ids)

    def score(self, styles):
        return np.full(len(styles), self._score)

    def judge(self, scores):
        return scores > self.threshold

    def neighbors(self, features, labels=None, count=3):
        assert features.shape[0] == len(labels) == 1
        own = np.flatnonzero([f"/{labels[0]}/" in image_id for image_id in self.image_ids])
        places = np.full((1, count), -1)
        places[0, : len(own)] = own[:count]
        return places, np.where(places < 0, np.nan, places / 10)


def make_training_images(data_dir, version="2026-01-01T00.00.00.000Z", seed=0):
    """Write a manifest with two images of each class and packed images, as curation does."""
    labels = [label for label in TUMOR_TYPE.classes for _ in range(2)]
    images = np.stack([draw_slice(seed + row, SIDE) for row in range(len(labels))])
    manifest = pd.DataFrame(
        {
            "image_id": [f"kaggle/set/{label}/{row}.png" for row, label in enumerate(labels)],
            "source": "kaggle/set",
            "label": labels,
            "status": "kept",
            "pixel_hash": "p",
            "group_id": range(len(labels)),
            "split": "train",
            "row": range(len(labels)),
            "packed_hash": [hash_packed(image) for image in images],
        }
    )
    for name, write in (
        ("03_primary/tumor_type/manifest.parquet", manifest.to_parquet),
        ("05_model_input/tumor_type/images.npy", lambda path: np.save(path, images)),
    ):
        path = data_dir / name / version / Path(name).name
        path.parent.mkdir(parents=True)
        write(path)
    return manifest, images


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def tiff(frames):
    buffer = io.BytesIO()
    first, *rest = [Image.fromarray(frame) for frame in frames]
    first.save(buffer, "TIFF", save_all=True, append_images=rest)
    return buffer.getvalue()


def open_page(monkeypatch, data_dir, model=""):
    """Open the page as `make app` would, in this process."""
    arguments = ["main.py", "--data-dir", str(data_dir), "--model", str(model)]
    monkeypatch.setattr("sys.argv", arguments)
    return AppTest.from_file(launch.SCRIPT, default_timeout=60).run()


def words_of(page):
    """Everything that a page says, as one text."""
    kinds = (page.title, page.header, page.subheader, page.markdown, page.html)
    alerts = (page.error, page.warning, page.info)
    return "\n".join(str(one.value) for kind in (*kinds, *alerts) for one in kind)


def pictures_of(page):
    """The alternative texts of a page's pictures."""
    return [picture.alt for element in page.image for picture in element.proto.imgs]
