"""A PostgreSQL server of a test's own, from the system's packages."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER, PASSWORD = "tester", "open: sesame/@"


@contextmanager
def postgres() -> Iterator[str]:
    """A server that asks for a password, behind a socket in a folder of its own.

    Yields:
        Its address, without the password.
    """
    pytest.importorskip("psycopg", reason="needs psycopg, the extra `postgres`")
    programs = [_find_program(name) for name in ("initdb", "postgres")]
    account = _find_account()
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
    try:
        yield f"postgresql://{USER}@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # without waiting for clients
        server.communicate(timeout=30)
        shutil.rmtree(folder)


def _find_program(name: str) -> Path:
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))  # Debian, not on the path
    path = shutil.which(name) or (beside[-1] if beside else None)
    if path is None:
        pytest.skip(f"needs a PostgreSQL server: {name} is not on this machine")
    return Path(path).resolve()


def _find_account() -> str | None:
    """Whom the server runs as: it refuses to be root's."""
    if os.geteuid():
        return None
    names = [line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()]
    if "postgres" not in names:
        pytest.skip(f"needs a PostgreSQL server, which {getpass.getuser()} may not run")
    return "postgres"
