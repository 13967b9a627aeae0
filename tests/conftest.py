"""How `pytest -n 2` deals tests to processes: a file stays whole, and so do whole runs."""

from pathlib import PurePosixPath

import pytest

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
