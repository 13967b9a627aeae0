"""Processes that share a study through a PostgreSQL server of their own."""

import pytest

from brain_tumor_kedro.studies.storage import open_study
from fake_study import make_engine, make_settings, work_beside
from postgres import PASSWORD, postgres


@pytest.fixture(scope="module")
def address():
    with postgres() as address:
        yield address


def test_processes_share_cells_through_a_server_and_survive_a_kill(address, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    first, second = (work_beside(tmp_path, name, 0.1, address) for name in ("first", "second"))
    first.stdout.readline()
    first.kill()
    first.communicate()
    second.communicate(timeout=60)

    lines = (tmp_path / "begun.txt").read_text().splitlines()
    cells = [line.split()[1] for line in lines]
    assert second.returncode == 0
    assert len(set(cells)) == 8
    assert len(cells) <= 9
    engine = make_engine(tmp_path, make_settings(seeds=[0, 1]), storage=address)
    assert len(engine.run()) == 8
    assert engine.listener.heard == []


def test_a_wrong_password_is_told_without_it(address, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "not-the-word")

    with pytest.raises(ValueError, match=r"PGPASSWORD or ~/\.pgpass") as error:
        open_study("test", address, tmp_path)

    assert "not-the-word" not in str(error.value)
    assert "password authentication failed" in str(error.value)
