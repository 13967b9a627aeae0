"""How tests are dealt to processes: a file stays whole, and so do all that share one run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

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
