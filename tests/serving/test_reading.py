import os
from types import SimpleNamespace

import pytest

from brain_tumor_kedro.datasets import ImageCollectionDataset
from brain_tumor_kedro.serving import reading
from brain_tumor_kedro.serving.answers import Answerer
from brain_tumor_kedro.serving.reading import read_file, read_files
from bundles import draw_slice, make_bundle
from dicom_files import make_dicom


@pytest.fixture(scope="module")
def answerer():
    return Answerer(make_bundle())


def name(path):
    return SimpleNamespace(file="named", path=path)


def test_files_come_in_order_made_ready(tmp_path, answerer):
    for number in range(40):
        (tmp_path / f"{number:02}.dcm").write_bytes(make_dicom(draw_slice(number)))
    files = ImageCollectionDataset(path=str(tmp_path)).load()

    ready = list(read_files(files, answerer, workers=3, batch_size=2))

    assert [one.file for one in ready] == [f"{number:02}.dcm" for number in range(40)]
    assert {one.prepared.packed.shape for one in ready} == {(40, 40)}


def test_what_is_no_file_is_no_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    for path in ("pipe", "dangling", "gone"):
        (shown,) = read_file(name(tmp_path / path))
        assert shown.picture is None
        assert "expected a file" in shown.problem


def test_the_reason_names_no_path(tmp_path, monkeypatch):
    path = tmp_path / "closed.png"
    path.write_bytes(b"x")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(path), "read_bytes", refuse)

    (shown,) = read_file(name(path))

    assert shown.problem == "Permission denied"


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    (tmp_path / "large.png").write_bytes(bytes(11))

    (shown,) = read_file(name(tmp_path / "large.png"))

    assert shown.problem == "expected at most 10 bytes, found more"


def test_an_image_that_nothing_can_be_made_of_stops_no_other(tmp_path, answerer, monkeypatch):
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(make_dicom(draw_slice(number)))
    original = Answerer.prepare

    def fail(self, shown):
        if shown.file == "1.dcm" and shown.picture is not None:
            raise MemoryError("secret")
        return original(self, shown)

    monkeypatch.setattr(Answerer, "prepare", fail)
    files = ImageCollectionDataset(path=str(tmp_path)).load()

    ready = list(read_files(files, answerer, workers=2, batch_size=2))

    assert [one.prepared.packed is None for one in ready] == [False, True, False]
    assert ready[1].prepared.quality == "unreadable"
    assert "it cannot be made ready (MemoryError)" in ready[1].prepared.problem


def test_the_bar_knows_the_total_where_it_shows(tmp_path, answerer, monkeypatch, capsys):
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(make_dicom(draw_slice(number)))
    shown = reading.tqdm
    monkeypatch.setattr(reading, "tqdm", lambda *a, **k: shown(*a, **k | {"disable": False}))

    list(read_files(ImageCollectionDataset(path=str(tmp_path)).load(), answerer, 2, 2))

    assert "3/3" in capsys.readouterr().err
