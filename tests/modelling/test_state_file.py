import os
from pathlib import Path

import numpy as np
import pytest

from brain_tumor_kedro.modelling import state_file
from brain_tumor_kedro.modelling.state_file import State, StateFolder

FROZEN = np.arange(5000, dtype=np.float32)


def make_state(epoch: int) -> State:
    weights = [FROZEN, np.full((2, 3), epoch, np.float32), np.array(epoch, np.int64)]
    return State({"epoch": epoch, "best": 0.1 + 0.2, "worst": None}, {"all": weights, "none": []})


def require_state(found: State | None, epoch: int) -> None:
    assert found is not None
    assert found.fields == make_state(epoch).fields
    assert found.arrays["none"] == []
    for ours, theirs in zip(found.arrays["all"], make_state(epoch).arrays["all"], strict=True):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a lasting state of epoch 0 and then one of epoch 1."""
    states = StateFolder(tmp_path / "checkpoint")
    states.save(make_state(0), lasting=True)
    states.save(make_state(1))
    return tmp_path / "checkpoint"


def test_the_newest_state_comes_back(folder: Path) -> None:
    require_state(StateFolder(folder).load(), 1)


def test_an_empty_folder_has_no_state(tmp_path: Path) -> None:
    assert StateFolder(tmp_path).load() is None


def test_what_lasts_is_written_once(folder: Path) -> None:
    assert (folder / "state.npz").stat().st_size < FROZEN.nbytes / 4
    lasting = next(folder.glob("lasting-*.npz"))
    before = lasting.stat().st_mtime_ns
    states = StateFolder(folder)
    states.load()
    states.save(make_state(2))
    assert lasting.stat().st_mtime_ns == before
    assert (folder / "state.npz").stat().st_size < FROZEN.nbytes / 4
    require_state(StateFolder(folder).load(), 2)


def test_equal_arrays_are_written_once(tmp_path: Path) -> None:
    StateFolder(tmp_path).save(State({}, {"present": [FROZEN], "best": [FROZEN.copy()]}))
    assert (tmp_path / "state.npz").stat().st_size < 1.5 * FROZEN.nbytes


def test_nothing_old_is_left(folder: Path) -> None:
    (folder / ".state.1.partial.npz").write_bytes(b"PK half of it")
    StateFolder(folder).save(make_state(5), lasting=True)
    assert len(list(folder.iterdir())) == 2
    require_state(StateFolder(folder).load(), 5)


@pytest.mark.parametrize(
    ("lasting", "before"), [(True, "lasting-"), (True, "state"), (False, "state")]
)
def test_a_save_that_fails_leaves_the_state_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, lasting: bool, before: str
) -> None:
    replace = os.replace

    def fail(source: Path, target: Path) -> None:
        if target.name.startswith(before):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(state_file.os, "replace", fail)
    states = StateFolder(folder)
    states.load()
    new = State({}, {"all": [FROZEN + 1]})
    with pytest.raises(KeyboardInterrupt):
        states.save(new, lasting=lasting)
    require_state(StateFolder(folder).load(), 1)


def test_a_cleared_folder_has_no_state(folder: Path) -> None:
    assert StateFolder(folder).clear()
    assert list(folder.iterdir()) == []
    assert not StateFolder(folder).clear()


@pytest.mark.parametrize("name", ["state.npz", "lasting-*.npz"])
@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "another version of zip"])
def test_a_damaged_file_is_refused(folder: Path, name: str, damage: str) -> None:
    path = next(folder.glob(name))
    content = bytearray(path.read_bytes())
    if damage == "another version of zip":
        content[content.index(b"PK\x01\x02") + 6] = 109
    else:
        content[len(content) // 4] ^= 1
    path.write_bytes({"cut": content[:-30], "empty": b""}.get(damage, content))
    with pytest.raises(ValueError, match=r"state\.npz is broken or incomplete"):
        StateFolder(folder).load()


def test_a_missing_part_is_refused(folder: Path) -> None:
    next(folder.glob("lasting-*.npz")).unlink()
    with pytest.raises(ValueError, match="is broken or incomplete"):
        StateFolder(folder).load()


def test_another_format_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "FORMAT", 2)
    with pytest.raises(ValueError, match="it has format 1, expected 2"):
        StateFolder(folder).load()
