"""How `pytest -n 2` deals tests to processes, and what tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: The files directly in this folder, and tests of commands below it, share runs of the whole
#: project, which take longest.
RUNS = PurePosixPath("tests/pipelines")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let whole runs come first, so that all others fill the time beside them."""
    items.sort(key=lambda item: _group(item.nodeid) != str(RUNS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a file, or all whole runs, to one process."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return Scheduling(config, log)


def _group(nodeid: str) -> str:
    file = PurePosixPath(nodeid.partition("::")[0])
    below = RUNS in file.parents and file.name.startswith("test_command")
    return str(RUNS if below or file.parent == RUNS else file)


@pytest.fixture(scope="session")
def registry_uri(tmp_path_factory) -> str:
    """A tracking store for all tests of versions."""
    from registered import make_registry  # MLflow takes seconds to import

    return make_registry(tmp_path_factory.mktemp("registry"))


@pytest.fixture
def client(registry_uri) -> Iterator[MlflowClient]:
    """Of that store, in which one model is registered, without a version."""
    from registered import open_registry

    with open_registry(registry_uri) as client:
        yield client
