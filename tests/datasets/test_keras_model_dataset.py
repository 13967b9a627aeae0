import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError, Version

from brain_tumor_kedro.datasets.keras_model_dataset import KerasModelDataset

keras = pytest.importorskip("keras")


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


def dataset(folder: Path, *, versioned: bool = False) -> KerasModelDataset:
    return KerasModelDataset(
        filepath=(folder / "classifier.keras").as_posix(),
        version=Version(None, None) if versioned else None,
    )


@pytest.mark.parametrize("versioned", [False, True])
def test_round_trip(tmp_path: Path, model: keras.Model, versioned: bool) -> None:
    classifiers = dataset(tmp_path, versioned=versioned)
    assert not classifiers.exists()
    classifiers.save(model)
    assert dataset(tmp_path, versioned=versioned).exists()
    inputs = np.ones((1, 3), np.float32)
    loaded = dataset(tmp_path, versioned=versioned).load()
    np.testing.assert_array_equal(loaded(inputs), model(inputs))


def test_versions_stand_side_by_side(tmp_path: Path, model: keras.Model) -> None:
    for version in ("2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"):
        path = (tmp_path / "classifier.keras").as_posix()
        KerasModelDataset(filepath=path, version=Version(None, version)).save(model)
    assert len(list(tmp_path.rglob("*/classifier.keras"))) == 2
    assert dataset(tmp_path, versioned=True).resolve_load_version() == version


@pytest.mark.parametrize("versioned", [False, True])
def test_missing_file(tmp_path: Path, versioned: bool) -> None:
    with pytest.raises(DatasetError, match=r"found none|Did not find any versions"):
        dataset(tmp_path, versioned=versioned).load()


def test_broken_file_says_what_to_do(tmp_path: Path, model: keras.Model) -> None:
    dataset(tmp_path).save(model)
    path = tmp_path / "classifier.keras"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DatasetError, match="Delete it and train again"):
        dataset(tmp_path).load()


class InterruptedModel:
    """A model whose saving stops halfway."""

    def save(self, path: Path) -> None:
        Path(path).write_bytes(b"half a model")
        raise KeyboardInterrupt


@pytest.mark.parametrize("versioned", [False, True])
def test_interrupted_save_leaves_nothing(tmp_path: Path, versioned: bool) -> None:
    with pytest.raises(KeyboardInterrupt):
        dataset(tmp_path, versioned=versioned).save(InterruptedModel())
    assert not dataset(tmp_path, versioned=versioned).exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_interrupted_save_keeps_the_model_before(tmp_path: Path, model: keras.Model) -> None:
    dataset(tmp_path).save(model)
    with pytest.raises(KeyboardInterrupt):
        dataset(tmp_path).save(InterruptedModel())
    assert dataset(tmp_path).load().count_params() == model.count_params()


def test_what_a_killed_save_leaves_is_not_loaded(tmp_path: Path) -> None:
    version = tmp_path / "classifier.keras" / "2026-01-01T00.00.00.000Z"
    version.mkdir(parents=True)
    (version / ".classifier.1.partial.keras").write_bytes(b"half a model")
    assert not dataset(tmp_path, versioned=True).exists()


def test_other_file_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"ends in \.keras"):
        KerasModelDataset(filepath=str(tmp_path / "classifier.h5"))


def test_loading_is_not_compiled_unless_asked(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    dataset(tmp_path).save(model)
    assert not dataset(tmp_path).load().compiled
    path = (tmp_path / "classifier.keras").as_posix()
    compiled = KerasModelDataset(filepath=path, load_args={"compile": True}).load()
    assert compiled.compiled


def test_it_is_described(tmp_path: Path) -> None:
    assert "classifier.keras" in str(dataset(tmp_path))


def test_keras_is_imported_only_to_load_or_save(tmp_path: Path) -> None:
    code = (
        "import sys; from brain_tumor_kedro.datasets.keras_model_dataset import KerasModelDataset; "
        f"data = KerasModelDataset(filepath={str(tmp_path / 'm.keras')!r}); "
        "data.exists(); str(data); sys.exit('keras' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
