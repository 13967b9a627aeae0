import os
from pathlib import Path

import pytest
from streamlit.config import get_config_options

from brain_tumor_kedro.app import launch
from brain_tumor_kedro.app.choices import MODELS, Choices


@pytest.fixture
def command(monkeypatch):
    """What the process becomes."""
    became = []
    monkeypatch.setattr(os, "execv", lambda program, command: became.append(command))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")

    def run(*arguments):
        launch.main(arguments)
        return became[-1]

    return run


def test_the_server_is_for_this_machine_alone_and_tells_nobody(command):
    flags = command("--port", "8765")

    assert "--server.address=127.0.0.1" in flags
    assert "--server.port=8765" in flags
    assert "--server.allowedHosts=127.0.0.1" in flags
    assert "--server.enableXsrfProtection=true" in flags
    assert "--browser.gatherUsageStats=false" in flags
    assert "--server.maxUploadSize=256" in flags


def test_streamlit_knows_every_setting():
    known = get_config_options()

    assert {*launch.SETTINGS, *launch.THEME} <= {*known}


def test_the_page_is_told_what_was_chosen(command, tmp_path):
    flags = command("--data-dir", str(tmp_path), "--model", "models:/mine/3")

    assert flags[flags.index("--") :] == [
        "--", "--data-dir", str(tmp_path), "--model", "models:/mine/3",
    ]  # fmt: skip
    assert os.environ["MLFLOW_TRACKING_URI"] == f"sqlite:///{tmp_path}/mlflow/mlflow.db"


def test_a_default_model_stays_a_default():
    command = launch.make_command(Choices(Path("data"), MODELS), 1)

    assert command[-2:] == ["--model", ""]


def test_a_teams_tracking_server_is_not_overruled(command, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")

    command()

    assert os.environ["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"


def test_the_script_is_there():
    assert launch.SCRIPT.is_file()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
def test_a_port_is_one_that_there_is(command, port, capsys):
    with pytest.raises(SystemExit):
        command(f"--port={port}")

    assert "expected a number from 1 to 65535" in capsys.readouterr().err


def test_a_folder_of_data_must_be_there(command, tmp_path, capsys):
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        with pytest.raises(SystemExit):
            command("--data-dir", str(tmp_path / name))
        assert "expected a folder as --data-dir, found none" in capsys.readouterr().err
