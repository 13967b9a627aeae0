import csv
import io
import json
import shutil
import threading

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.datasets import ImageCollectionDataset, WholeFolderDataset
from brain_tumor_kedro.serving.answering import answer_files, require_gray
from brain_tumor_kedro.serving.answers import Answerer, AnswerSettings
from brain_tumor_kedro.serving.columns import columns_of
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.serving.model_facts import describe_model
from brain_tumor_kedro.serving.showing import show_file
from brain_tumor_kedro.tasks import GLIOMA_GRADE
from bundles import draw_slice, make_bundle

ABOUT = {"created": "today", "command": "kedro run", "git_revision": "r"}


@pytest.fixture(scope="module")
def bundle():
    return make_bundle()


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Nine images in eight files, three of which cannot be read, and names that mean mischief."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "deep" / "er").mkdir(parents=True)
    for number, name in enumerate(("a.png", "deep/b.png", "deep/er/=1+1;x.png", "deep/c\nd.png")):
        (folder / name).write_bytes(encode(draw_slice(number)))
    pages = [Image.fromarray(draw_slice(9 + page)) for page in range(2)]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    (folder / "empty.png").touch()
    (folder / "notes.txt").write_text("no image")
    return folder


def encode(pixels: np.ndarray, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def infer(folder, bundle, place, **settings):
    """Answer about a folder, into another one."""
    settings = InferenceSettings(**{"workers": 2, "batch_size": 3} | settings)
    model = describe_model(bundle.facts, settings.level, guarded=False, registered={})
    files = ImageCollectionDataset(path=str(folder)).load()
    page = {"title": "Answers", "model": model, "about": ABOUT}
    dataset = WholeFolderDataset(filepath=str(place))
    dataset.save(answer_files(files, bundle, settings, page))
    return place


@pytest.fixture(scope="module")
def answered(images, bundle, tmp_path_factory):
    return infer(images, bundle, tmp_path_factory.mktemp("out") / "answers", heat_maps=3)


def read_csv(folder):
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_file_has_a_row_in_order_of_the_files(answered, images):
    table = pd.read_parquet(answered / "answers.parquet")

    files = sorted(path.relative_to(images).as_posix() for path in images.rglob("*.*"))
    assert list(dict.fromkeys(table["file"])) == [
        "a.png", "broken.jpg", "deep/b.png", "deep/c\nd.png", "deep/er/=1+1;x.png", "empty.png",
        "notes.txt", "pages.tif",
    ]  # fmt: skip
    assert set(table["file"]) == set(files)
    assert tuple(table.columns) == columns_of(make_bundle().facts.classes)
    assert table.loc[table["file"] == "pages.tif", "frame"].tolist() == [0, 1]
    faults = table[table["label"].isna()].set_index("file")["quality"]
    assert faults.to_dict() == {
        "broken.jpg": "unreadable", "empty.png": "empty", "notes.txt": "not_an_image",
    }  # fmt: skip


def test_rows_are_those_of_one_file_at_a_time(answered, images, bundle):
    table = pd.read_parquet(answered / "answers.parquet").set_index("file")
    answerer = Answerer(bundle, AnswerSettings())

    (answer,) = answerer.answer(show_file("a.png", (images / "a.png").read_bytes()))

    for column, value in answer.row.items():
        if column.startswith("p_"):
            assert table.loc["a.png", column] == pytest.approx(value, abs=1e-6)
    assert table.loc["a.png", "label"] == answer.row["label"]


def test_both_tables_say_the_same_and_the_csv_holds_no_formula(answered):
    table, rows = pd.read_parquet(answered / "answers.parquet"), read_csv(answered)

    assert [row["file"] for row in rows] == table["file"].tolist()
    assert [float(row["p_glioma"] or "nan") for row in rows] == pytest.approx(
        table["p_glioma"].tolist(), nan_ok=True
    )
    assert {row["needs_review"] for row in rows} <= {"True", "False"}
    assert '"deep/er/=1+1;x.png"' in (answered / "answers.csv").read_text()


def test_heat_maps_are_drawn_of_as_many_images_as_are_asked_for(answered):
    maps = sorted((answered / "heat_maps").rglob("*.png"))

    assert len(maps) == 3
    pixels = np.asarray(Image.open(maps[0]))
    assert pixels.shape == (40, 40, 3)


@pytest.mark.parametrize(("asked", "drawn"), [("none", 0), ("all", 6), (0, 0), (100, 6)])
def test_heat_maps_of_all_or_none(images, bundle, tmp_path, asked, drawn):
    folder = infer(images, bundle, tmp_path / "out", heat_maps=asked)

    maps = sorted(
        path.relative_to(folder).as_posix() for path in (folder / "heat_maps").rglob("*.png")
    )
    assert len(maps) == drawn
    if drawn:
        assert maps == [
            "heat_maps/a.png.png",
            "heat_maps/deep/b.png.png",
            "heat_maps/deep/c%0Ad.png.png",
            "heat_maps/deep/er/=1+1;x.png.png",
            "heat_maps/pages.tif#0.png",
            "heat_maps/pages.tif#1.png",
        ]


def test_heat_maps_do_not_depend_on_when_they_are_drawn(images, bundle, answered, tmp_path):
    everything = infer(images, bundle, tmp_path / "out", heat_maps="all")

    for path in (answered / "heat_maps").rglob("*.png"):
        ours, theirs = (
            np.asarray(Image.open(folder / path.relative_to(answered))).astype(int)
            for folder in (answered, everything)
        )
        np.testing.assert_allclose(ours, theirs, atol=2)


def test_the_summary_counts_and_names_no_file(answered):
    summary = json.loads((answered / "summary.json").read_text())

    assert (summary["files"], summary["images"], summary["answered"]) == (8, 9, 6)
    assert summary["review"]["unreadable"] == 3
    assert sum(summary["labels"].values()) + summary["unreliable"] == 6
    assert ".png" not in (answered / "summary.json").read_text()


def test_the_page_shows_every_file_and_no_raw_name(answered):
    page = (answered / "page.html").read_text()

    for shown in ("a.png", "c\\nd.png", "=1+1;x.png", "notes.txt", "frame 1"):
        assert shown in page
    assert "Trained on phantoms" in page
    assert "For research only" in page
    assert "<script" not in page


def test_the_same_folder_gives_the_same_files(answered, images, bundle, tmp_path):
    again = infer(images, bundle, tmp_path / "out", heat_maps=3, workers=4)

    for name in ("answers.csv", "summary.json", "page.html"):
        assert (again / name).read_bytes() == (answered / name).read_bytes()


def test_the_input_is_left_as_it_is(images, bundle, tmp_path):
    folder = tmp_path / "images"
    shutil.copytree(images, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)

    infer(folder, bundle, tmp_path / "out")

    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_interrupted_run_leaves_nothing_and_no_thread(images, bundle, tmp_path, monkeypatch):
    answered = []

    def stop(self, *arguments):
        answered.append(arguments)
        if len(answered) == 2:
            raise KeyboardInterrupt
        return original(self, *arguments)

    original = Answerer._answer_batch
    monkeypatch.setattr(Answerer, "_answer_batch", stop)

    with pytest.raises(KeyboardInterrupt):
        infer(images, bundle, tmp_path / "out", heat_maps="all", batch_size=1)

    assert list(tmp_path.iterdir()) == []
    assert not [one for one in threading.enumerate() if one.name.startswith("reading")]


def test_three_sequences_are_refused_in_plain_words():
    with pytest.raises(ValueError, match=r"3 sequences .*T1CE, T2, FLAIR"):
        require_gray(make_bundle(GLIOMA_GRADE).facts)
