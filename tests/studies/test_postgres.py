"""Processes that share a study through a PostgreSQL server of their own."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from brain_tumor_kedro.studies.storage import open_study
from fake_study import make_engine, make_settings, work_beside

USER, PASSWORD = "tester", "open: sesame/@"


def find_program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs a PostgreSQL server: {name} is not on this machine")
    return path


@pytest.fixture(scope="module")
def account() -> str | None:
    """Whom the server runs as: it refuses to be root's."""
    if os.geteuid():
        return None
    names = [line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()]
    if "postgres" not in names:
        pytest.skip(f"needs a PostgreSQL server, which {getpass.getuser()} may not run")
    return "postgres"


@pytest.fixture(scope="module")
def address(account) -> Iterator[str]:
    """A server that asks for a password, behind a socket in a folder of its own."""
    pytest.importorskip("psycopg", reason="needs psycopg, the extra `postgres`")
    programs = [Path(find_program(name)).resolve() for name in ("initdb", "postgres")]
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    (folder / "password").write_text(PASSWORD)
    if account:
        for path in (folder, folder / "password"):
            shutil.chown(path, account)
    subprocess.run(
        [programs[0], "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "--no-sync",
         "--pwfile", folder / "password"],
        check=True, capture_output=True, user=account, cwd="/",
    )  # fmt: skip
    server = subprocess.Popen(
        [programs[1], "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-F"],
        stderr=subprocess.PIPE, text=True, user=account, cwd="/",
    )  # fmt: skip
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield f"postgresql://{USER}@/postgres?host={folder}"
    server.send_signal(signal.SIGINT)  # without waiting for clients
    server.communicate(timeout=30)
    shutil.rmtree(folder)


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
