"""What tests of acquisition share: a server on this machine and no patience."""

import pytest

from brain_tumor_kedro.acquisition.connections import DownloadSettings, open_session
from servers import running_server


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    with running_server() as started:
        yield started


@pytest.fixture
def quick():
    """Settings that never wait."""
    return DownloadSettings(retries=2, backoff=0, max_wait=0, timeout=5)


@pytest.fixture
def session(quick):
    with open_session(quick) as opened:
        yield opened
