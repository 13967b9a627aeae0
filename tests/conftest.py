"""How tests are dealt to processes: a file stays whole, and so do all that share one run."""

import pytest

#: The fixture below everything that runs commands in one copy of the project.
SHARED = "project"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for `pytest -n 2 --dist loadgroup`, the largest group first."""
    items.sort(key=lambda item: not _shares(item))
    for item in items:
        group = SHARED if _shares(item) else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


def _shares(item: pytest.Item) -> bool:
    return SHARED in getattr(item, "fixturenames", ())
