import pytest

from brain_tumor_kedro.sample.sources import PhantomSources, make_sources


@pytest.fixture(scope="session")
def sources() -> PhantomSources:
    return make_sources(seed=0)


@pytest.fixture(scope="session")
def small_sources() -> PhantomSources:
    return make_sources(seed=5, patients=3)
