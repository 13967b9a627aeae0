"""Trainings that are interrupted everywhere must end as if they had not been."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from brain_tumor_kedro.modelling import state_file
from brain_tumor_kedro.modelling.phases import TrainingResult, train
from brain_tumor_kedro.modelling.recipes import Recipe

CLASSES = ("left", "right")
SEED = 3

#: All that has a state: random changes, dropout, optimizers, plateau, averages, early stopping.
RECIPE = {
    "backbone": "sample_cnn",
    "weights": "none",
    "image_size": 32,
    "batch_size": 8,
    "precision": "float32",
    "head": {"dense": [8], "dropout": 0.3},
    "augmentation": {"brightness": [0.8, 1.2], "rotation": 5, "zoom": 0.1},
    "phases": [
        {
            "name": "head",
            "trainable": "head",
            "augment": False,
            "optimizer": "sgd",
            "learning_rate": 1e-2,
            "schedule": "cosine",
            "epochs": 2,
            "early_stopping": {"monitor": "val_accuracy", "patience": 2},
        },
        {
            "name": "stops_early",
            "trainable": 2,
            "learning_rate": 1e-2,
            "schedule": {"kind": "plateau", "patience": 1},
            "ema": 0.5,
            "accumulate": 2,  # three batches an epoch: one is left for the next
            "gradient_clipping": 1.0,
            "layer_decay": 0.8,
            "epochs": 9,
            "early_stopping": {"monitor": "val_accuracy", "patience": 2},
        },
    ],
}

TRAIN_AND_DIE = """
import os, signal, sys
from pathlib import Path
import numpy as np
import pandas as pd
from brain_tumor_kedro.modelling import state_file
from brain_tumor_kedro.modelling.phases import train
from brain_tumor_kedro.modelling.recipes import Recipe

folder, moment, epochs = Path(sys.argv[1]), sys.argv[2], []
write = np.savez

def die_while_writing(path, **content):
    write(path, **content)
    if len(epochs) == 4:
        os.truncate(path, path.stat().st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)

def on_epoch(epoch, numbers):
    epochs.append(epoch)
    if moment == "epoch" and len(epochs) == 4:
        os.kill(os.getpid(), signal.SIGKILL)

if moment == "writing":
    state_file.np.savez = die_while_writing
train(
    Recipe.model_validate_json((folder / "recipe.json").read_text()),
    np.load(folder / "images.npy"), pd.read_parquet(folder / "manifest.parquet"),
    ("left", "right"), 3, on_epoch, checkpoints=folder / "checkpoint",
)
"""


class Interrupted(Exception):  # noqa: N818  # it is no error
    """Stands for the end of the program."""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": range(32),
            "label": [CLASSES[number % 2] for number in range(32)],
            "split": ["train"] * 20 + ["val"] * 6 + ["test"] * 6,
        }
    )


@pytest.fixture(scope="module")
def whole(images: np.ndarray, table: pd.DataFrame) -> TrainingResult:
    """A training that nothing interrupts."""
    return train(Recipe.model_validate(RECIPE), images, table, CLASSES, SEED)


@pytest.fixture
def resume(images: np.ndarray, table: pd.DataFrame, tmp_path: Path) -> Callable[..., Any]:
    """Go on in a folder; `stop` interrupts where the epoch of that number has been recorded."""

    def run(stop: int | None = None, *, resume: bool = True, **changes: Any) -> Any:
        def on_epoch(epoch: int, numbers: dict[str, float]) -> None:
            told.append(epoch)
            if epoch == stop:
                raise Interrupted

        told: list[int] = []
        recipe = Recipe.model_validate(RECIPE | changes.pop("recipe", {}))
        arguments = {"seed": SEED, "on_epoch": on_epoch, **changes}
        result = train(
            recipe, images, table, CLASSES, **arguments,
            checkpoints=tmp_path / "checkpoint", resume=resume,
        )  # fmt: skip
        return result, told

    return run


def interrupt(*_: Any, **__: Any) -> None:
    raise Interrupted


def require_same(result: TrainingResult, whole: TrainingResult) -> None:
    """Same history, same weights, same story."""
    measured = whole.history.columns.drop(["phase", "seconds"])
    assert result.history["phase"].tolist() == whole.history["phase"].tolist()
    np.testing.assert_allclose(result.history[measured], whole.history[measured], atol=1e-6)
    pairs = zip(result.model.get_weights(), whole.model.get_weights(), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    for key in ("parameters", "epochs_by_phase", "best_epoch_by_phase", "kept_epoch"):
        assert result.summary[key] == whole.summary[key]


def test_interrupted_everywhere_it_ends_as_if_it_had_not_been(
    resume: Callable[..., Any],
    whole: TrainingResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    epochs = len(whole.history)
    assert 4 < epochs < 11, "early stopping is to be resumed too"
    # Before epochs are saved, with one save for the beginning and one between the phases.
    for stop in (0, 1, 3, epochs - 1):
        with pytest.raises(Interrupted):
            resume(stop)
    # Early stopping has ended the phase, which cannot be saved; and half a file that a kill leaves.
    with monkeypatch.context() as patch:
        patch.setattr(state_file.StateFolder, "_keep_apart", interrupt)
        with pytest.raises(Interrupted):
            resume()
    (tmp_path / "checkpoint" / ".state.1.partial.npz").write_bytes(b"PK half of it")
    result, told = resume()
    assert told == whole.history["epoch"].tolist()
    assert result.summary["resumed_at"] == [0, 1, 3, epochs - 1, epochs]
    require_same(result, whole)
    assert len(list((tmp_path / "checkpoint").glob("*.npz"))) == 2
    assert not list((tmp_path / "checkpoint").glob(".*"))

    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("it trains again"))
    result, told = resume()
    require_same(result, whole)
    assert told == whole.history["epoch"].tolist()


@pytest.fixture
def begin(images: np.ndarray, table: pd.DataFrame, tmp_path: Path) -> Path:
    """What a program that is killed needs; returns the folder."""
    np.save(tmp_path / "images.npy", images)
    table.to_parquet(tmp_path / "manifest.parquet")
    (tmp_path / "recipe.json").write_text(Recipe.model_validate(RECIPE).model_dump_json())
    return tmp_path


@pytest.mark.parametrize("moment", ["writing", pytest.param("epoch", marks=pytest.mark.slow)])
def test_a_killed_training_goes_on(
    begin: Path, resume: Callable[..., Any], whole: TrainingResult, moment: str
) -> None:
    program = [sys.executable, "-c", TRAIN_AND_DIE, str(begin), moment]
    died = subprocess.run(program, capture_output=True, text=True, timeout=300)
    assert died.returncode == -signal.SIGKILL, died.stderr
    partial = list((begin / "checkpoint").glob(".*.partial.npz"))
    assert len(partial) == (moment == "writing")
    result, _ = resume()
    assert result.summary["resumed_at"] == [3]
    require_same(result, whole)
    assert not list((begin / "checkpoint").glob(".*.partial.npz"))


@pytest.fixture
def begun(resume: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A training that has begun: with a state, and without an epoch."""
    monkeypatch.setattr(keras.Model, "fit", interrupt)
    with pytest.raises(Interrupted):
        resume()
    return resume


def test_another_training_is_refused_and_nothing_is_lost(
    begun: Callable[..., Any], tmp_path: Path
) -> None:
    before = (tmp_path / "checkpoint" / "state.npz").read_bytes()
    with pytest.raises(ValueError, match=r"seed was 3 and is 4.* run with what it was"):
        begun(seed=4)
    assert (tmp_path / "checkpoint" / "state.npz").read_bytes() == before


def test_without_resume_it_begins_anew(
    begun: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with pytest.raises(Interrupted):
        begun(resume=False, seed=4)
    assert "checkpoint of an earlier training" in caplog.text
    with pytest.raises(Interrupted):
        begun(seed=4)
    assert "goes on after 0 epochs" in caplog.text


def test_where_there_is_nothing_to_resume_it_says_so(
    resume: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(keras.Model, "fit", interrupt)
    with pytest.raises(Interrupted):
        resume()
    assert "There is no checkpoint to resume" in caplog.text


def test_a_broken_checkpoint_is_refused(begun: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "checkpoint" / "state.npz"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(ValueError, match=r"state\.npz is broken.* run without `resume`"):
        begun()


def test_two_trainings_do_not_share_a_folder(resume: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    with (
        FileLock(tmp_path / "checkpoint" / "lock"),
        pytest.raises(ValueError, match="Another training is writing checkpoints"),
    ):
        resume()


def test_without_a_folder_nothing_is_kept(
    images: np.ndarray,
    table: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.Model, "fit", interrupt)
    with pytest.raises(Interrupted):
        train(Recipe.model_validate(RECIPE), images, table, CLASSES, SEED)
    assert not list(tmp_path.iterdir())
