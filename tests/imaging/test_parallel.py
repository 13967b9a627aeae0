import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_results_come_in_the_order_of_the_items(backend, capfd):
    settings = ParallelSettings(backend=backend, workers=2)

    assert list(map_files(abs, range(-50, 0), settings, "Working")) == list(range(50, 0, -1))
    assert "Working" in capfd.readouterr().err


def test_no_workers_at_all_are_refused():
    with pytest.raises(ValidationError, match="all cores"):
        ParallelSettings(workers=0)


def test_an_error_of_the_work_is_raised():
    settings = ParallelSettings(backend="threading", workers=2)

    with pytest.raises(ZeroDivisionError):
        list(map_files((1).__truediv__, [1, 0], settings, "Dividing"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"backend": "dask"}, "scheduler's address for backend dask"),
        ({"scheduler": "tcp://host:8786"}, "no scheduler for backend loky"),
        ({"backend": "dask", "scheduler": "host"}, "should match pattern"),
    ],
)
def test_a_scheduler_belongs_to_dask_and_is_an_address(given, said):
    with pytest.raises(ValidationError, match=said):
        ParallelSettings(**given)
