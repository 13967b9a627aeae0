from pathlib import Path

import pytest

from brain_tumor_kedro.settings import absolute, in_a_folder


def test_a_relative_path_starts_at_the_project_and_its_parent_is_made(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.kedro]\n")
    below = tmp_path / "notebooks"
    below.mkdir()
    monkeypatch.chdir(below)

    place = Path(in_a_folder("data/mlflow/mlflow.db"))

    assert place == tmp_path / "data" / "mlflow" / "mlflow.db"
    assert place.parent.is_dir()
    assert not place.exists()


def test_an_absolute_path_stays(tmp_path):
    assert absolute(str(tmp_path / "a" / "b.db")) == str(tmp_path / "a" / "b.db")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("path", ["/data/a?b", "50%", "runs[1]", "{x}", "a#b"])
def test_paths_that_mean_something_else_elsewhere_are_refused(path):
    with pytest.raises(ValueError, match="Name another folder"):
        absolute(path)


def test_a_tilde_is_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert absolute("~/raw") == str(tmp_path / "raw")
