"""A Dask cluster of two worker processes, and what goes wrong with one."""

import importlib.util
import logging
import socket

import numpy as np
import pytest
from distributed import LocalCluster

from brain_tumor_kedro.imaging import cluster
from brain_tumor_kedro.imaging.cluster import connect_cluster
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.pipelines.curation import nodes
from builders import ArrayFile, draw, write_file

LABELS = ("glioma", "meningioma", "pituitary", "no_tumor")


@pytest.fixture(scope="module")
def scheduler():
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with LocalCluster(n_workers=2, silence_logs=logging.CRITICAL, **options) as local:
        yield ParallelSettings(backend="dask", scheduler=local.scheduler_address)


@pytest.fixture
def files(tmp_path):
    """Twenty-four slices, a brighter copy, an exact copy and files of no use."""
    good = [
        write_file(tmp_path / f"{number:02d}", draw(number), label=LABELS[number % 4])
        for number in range(24)
    ]
    brighter = np.minimum(draw(0).astype(int) + 20, 255).astype(np.uint8)
    contents = {"near": brighter, "same": draw(1), "empty": b"", "broken": b"broken"}
    labels = {"same": LABELS[1]}
    odd = [
        write_file(tmp_path / name, content, label=labels.get(name, LABELS[0]))
        for name, content in contents.items()
    ]
    return [*good, *odd, ArrayFile("gone", tmp_path / "gone")]


def curate(files, parallel):
    described, thumbnails = nodes.inspect_files(files, parallel)
    pairs = nodes.find_copies(described, thumbnails, SimilaritySettings(), [], [])
    left = nodes.drop_copies(described, pairs, ["figshare"], [])
    settings = SplitSettings(train=0.5, val=0.25, test=0.25)
    split = nodes.split_images(left, pairs, left.iloc[:0], settings, [])
    return nodes.pack_images(split, files, PackingSettings(size=64), parallel, 0.0)[:2]


def test_a_cluster_makes_the_same_manifest_and_images_as_processes_and_threads(files, scheduler):
    images, manifest = curate(files, scheduler)

    assert manifest["status"].value_counts().to_dict() == {"kept": 24, "rejected": 5}
    for backend in ("loky", "threading"):
        there = curate(files, ParallelSettings(backend=backend, workers=2))
        assert manifest.equals(there[1])
        np.testing.assert_array_equal(images, there[0])


def test_results_of_a_cluster_come_in_order_and_errors_are_raised(scheduler, capfd):
    assert list(map_files(abs, range(-50, 0), scheduler, "Far away")) == list(range(50, 0, -1))
    assert "Far away" in capfd.readouterr().err
    with pytest.raises(ZeroDivisionError):
        list(map_files((1).__truediv__, [0], scheduler, "Dividing"))


def test_workers_that_do_not_see_the_files_are_named(scheduler, tmp_path):
    file = ArrayFile("a", tmp_path / "elsewhere" / "a")

    with pytest.raises(ValueError, match="2 of 2 cannot, such as tcp://"):
        list(map_files(str, [file], scheduler, "Reading"))


def test_workers_without_the_package_are_named(scheduler, monkeypatch):
    assert importlib.util.find_spec("no_such_package") is None
    monkeypatch.setattr(cluster, "PACKAGE", "no_such_package")

    with pytest.raises(ValueError, match=r"import no_such_package.*Install the package on every"):
        list(map_files(str, [1], scheduler, "Reading"))


def test_a_scheduler_that_does_not_answer_is_named_soon(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    settings = ParallelSettings(backend="dask", scheduler="tcp://127.0.0.1:1")

    with pytest.raises(ValueError, match=r"scheduler at tcp://127\.0\.0\.1:1 .*Start one with"):
        list(map_files(abs, [1], settings, "Reading"))


def test_something_else_that_listens_is_named_soon(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        settings = ParallelSettings(backend="dask", scheduler=address)
        with pytest.raises(ValueError, match=rf"scheduler at {address} .*no answer of Dask within"):
            list(map_files(abs, [1], settings, "Reading"))


def test_a_protocol_that_cannot_be_spoken_is_named():
    settings = ParallelSettings(backend="dask", scheduler="ucx://127.0.0.1:1")

    with pytest.raises(ValueError, match=r"scheduler at ucx://127\.0\.0\.1:1 .*found none"):
        list(map_files(abs, [1], settings, "Reading"))


def test_a_worker_is_no_scheduler(scheduler):
    with connect_cluster(scheduler.scheduler, []) as client:
        worker = next(iter(client.scheduler_info()["workers"]))

    with pytest.raises(ValueError, match="found none: a Dask worker answers there"):
        list(map_files(abs, [1], ParallelSettings(backend="dask", scheduler=worker), "Reading"))


def test_a_cluster_without_workers_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "WORKERS_PATIENCE", 0.5)
    options = {"processes": False, "dashboard_address": ":0", "protocol": "tcp"}
    with LocalCluster(n_workers=0, silence_logs=logging.CRITICAL, **options) as empty:
        settings = ParallelSettings(backend="dask", scheduler=empty.scheduler_address)
        with pytest.raises(ValueError, match="Start some with: dask worker tcp://"):
            list(map_files(abs, [1], settings, "Reading"))
