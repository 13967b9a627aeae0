"""Acquisition through the command line, from a server on this machine, up to curation's sources."""

import json

import numpy as np
import pytest

from brain_tumor_kedro.datasets import FigshareDataset, ImageFolderDataset
from brain_tumor_kedro.datasets.figshare_dataset import encode_slice
from brain_tumor_kedro.sample.collection import FigshareSlice
from brain_tumor_kedro.sample.pictures import encode
from builders import draw
from servers import running_server, zip_of

SARTAJ, BR35H, NICKPARVAR = (
    "sartajbhuvaji/brain-tumor-classification-mri",
    "ahmedhamada0/brain-tumor-detection",
    "masoudnickparvar/brain-tumor-mri-dataset",
)
LABELS = {"glioma": ["glioma_tumor", "glioma"], "no_tumor": ["no", "notumor"]}


def make_slice(seed: int) -> bytes:
    image = draw(seed).astype(np.int16)
    return encode_slice(
        FigshareSlice("100360", 2, image, np.zeros(8), (image > 90).astype(np.uint8))
    )


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as started:
        yield started


@pytest.fixture
def run(kedro, server, tmp_path):
    """Run the pipeline on the server, with the data sets that are the default."""
    raw, data = tmp_path / "raw", tmp_path / "data"
    params = [
        f"raw_dir={raw},data_dir={data}",
        f"acquisition.figshare.api={server.url}/v2",
        f"acquisition.kaggle.api={server.url}/api/v1",
        "acquisition.download.retries=0",
    ]

    given = ",".join(params)
    return lambda: kedro("run", "--pipelines", "acquisition", "--params", given, check=False)


def test_the_command_brings_what_curation_reads_and_names_what_is_missing(run, server, tmp_path):
    slices = {f"{number}.mat": make_slice(number) for number in (1, 2)}
    rest = {"cvind.mat": b"folds", "README 2024.txt": b"read me"}
    server.serve_article({"brainTumorDataPublic_1-2.zip": zip_of(slices), **rest})
    picture = encode(draw(3), ".jpg", 90, False)
    server.serve_data_set(SARTAJ, zip_of({"Training/glioma_tumor/gg (1).jpg": picture}))
    server.serve_data_set(BR35H, zip_of({"no/no0.jpg": picture, "pred/pred0.jpg": picture}))

    result = run()

    assert result.returncode != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert "1 of 4 collections could not be had" in said
    assert f"download https://www.kaggle.com/datasets/{NICKPARVAR}" in said
    assert "Downloads need a network" in said
    assert check_sources(tmp_path / "raw") == {
        "figshare/1.mat": "figshare",
        "figshare/2.mat": "figshare",
        "kaggle/brain-tumor-classification-mri/Training/glioma_tumor/gg (1).jpg": "glioma",
        "kaggle/brain-tumor-detection/no/no0.jpg": "no_tumor",
        "kaggle/brain-tumor-detection/pred/pred0.jpg": None,
    }

    record = json.loads((tmp_path / "raw" / "acquisition.json").read_text())
    assert len(record["collections"]) == 3
    assert record["collections"]["figshare"]["license"] == "CC BY 4.0"
    assert list(record["missing"]) == ["kaggle/brain-tumor-mri-dataset"]


def check_sources(raw) -> dict[str, str | None]:
    """What curation finds: labels by folder, and slices that can be decoded."""
    figshare = FigshareDataset(path=str(raw / "figshare")).load().files
    kaggle = ImageFolderDataset(path=str(raw / "kaggle"), labels=LABELS).load().files
    for file in figshare:
        assert file.decode(file.path.read_bytes()).label == "glioma"
    return {file.image_id: file.label or (file.source if file in figshare else None)
            for file in (*figshare, *kaggle)}  # fmt: skip
