import hashlib
import shutil
from pathlib import Path

import pytest

from brain_tumor_kedro.app.choices import MODELS, REGISTRY, read_choices
from registered import NAME, make_registry, open_registry, register


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """A registry with a version, and what a command that failed leaves."""
    folder = tmp_path_factory.mktemp("stores")
    uri = make_registry(folder)
    shutil.copy(folder / "mlflow.db", folder / "empty.db")
    with open_registry(uri) as client:
        register()
        shutil.copy(folder / "mlflow.db", folder / "full.db")
        client.delete_model_version(NAME, "1")
        shutil.copy(folder / "mlflow.db", folder / "deleted.db")
    return folder


@pytest.fixture
def put(stores, tmp_path, monkeypatch):
    """Put a store where that of a folder of data lies."""
    monkeypatch.chdir(tmp_path)

    def copy(store, data_dir):
        (tmp_path / data_dir / REGISTRY).parent.mkdir(parents=True)
        shutil.copy(stores / f"{store}.db", tmp_path / data_dir / REGISTRY)

    return copy


def test_phantoms_are_taken_where_there_is_nothing_else(put):
    assert read_choices([]).data_dir == Path("data/sample")
    assert not read_choices([]).has_registry

    put("full", "data/sample")
    assert read_choices([]).data_dir == Path("data/sample")
    assert read_choices([]).has_registry


def test_real_data_go_before_phantoms(put, tmp_path):
    put("full", "data/sample")
    put("full", "data")

    choices = read_choices(["--data-dir", "", "--model", ""])

    assert choices.data_dir == Path("data")
    assert choices.models == MODELS
    assert choices.registry == f"sqlite:///{tmp_path}/data/{REGISTRY}"


@pytest.mark.parametrize("left", ["empty", "deleted"])
def test_a_registry_without_the_model_is_passed_over_and_left_as_it_is(put, left, tmp_path):
    put("full", "data/sample")
    put(left, "data")
    before = hashlib.sha256((tmp_path / "data" / REGISTRY).read_bytes()).digest()

    assert read_choices([]).data_dir == Path("data/sample")

    assert [path.name for path in (tmp_path / "data/mlflow").iterdir()] == ["mlflow.db"]
    assert hashlib.sha256((tmp_path / "data" / REGISTRY).read_bytes()).digest() == before


def test_what_is_no_registry_is_passed_over(put, tmp_path):
    put("full", "data/sample")
    (tmp_path / "data/mlflow").mkdir()
    (tmp_path / "data" / REGISTRY).write_bytes(b"not a database")

    assert read_choices([]).data_dir == Path("data/sample")


@pytest.mark.parametrize(
    ("model", "data_dir"),
    [(f"models:/{NAME}/1", "data"), ("models:/another/1", "data/sample"), ("bundle", "data")],
)
def test_the_folder_is_the_one_in_which_the_model_is_registered(put, model, data_dir):
    put("full", "data")

    assert read_choices(["--model", model]).data_dir == Path(data_dir)


def test_what_is_named_is_taken(tmp_path):
    choices = read_choices(["--data-dir", str(tmp_path), "--model", "models:/mine/3"])

    assert choices.data_dir == tmp_path
    assert choices.models == ("models:/mine/3",)


def test_a_champion_goes_before_a_challenger():
    assert [uri.rpartition("@")[2] for uri in MODELS] == ["champion", "challenger"]
