"""The same work on many files at once, in order and with a progress bar."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Literal, TypeVar

from joblib import Parallel, delayed, parallel_config
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from tqdm import tqdm

from brain_tumor_kedro.imaging.cluster import WORKERS_PATIENCE, connect_cluster

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items that go to a worker at once.
BATCH = 32


class ParallelSettings(BaseModel):
    """How per-file work is spread.

    Attributes:
        backend: joblib's backend: `loky` (processes), `threading`, or `dask` (a cluster).
        workers: How many at once; -1 for all cores. A cluster has the workers it has.
        scheduler: For `dask`, the scheduler's address, such as `tcp://host:8786`. Its workers
            need this package, and the files under the same paths.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["loky", "threading", "dask"] = "loky"
    workers: int = -1
    scheduler: str | None = Field(default=None, pattern=r"^(tcp|tls|ws|wss|ucx|inproc)://.+")

    @field_validator("workers")
    @classmethod
    def _some(cls, workers: int) -> int:
        if workers == 0:
            raise ValueError("expected the number of workers, or -1 for all cores, found 0")
        return workers

    @model_validator(mode="after")
    def _a_scheduler_for_dask_alone(self) -> "ParallelSettings":
        if self.backend == "dask" and self.scheduler is None:
            raise ValueError(
                "expected the scheduler's address for backend dask, such as "
                "parallel.scheduler: tcp://host:8786"
            )
        if self.backend != "dask" and self.scheduler is not None:
            raise ValueError(
                f"expected no scheduler for backend {self.backend}, found {self.scheduler}; for a "
                "cluster set parallel.backend: dask"
            )
        return self


def map_files(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    settings: ParallelSettings,
    title: str,
    unit: str = "file",
    batch: int = BATCH,
) -> Iterator[Result]:
    """Apply `work` to every item.

    Args:
        work: A function that can be pickled.
        items: What it is applied to.
        settings: Where it runs.
        title: What the progress bar says.
        unit: What it counts.
        batch: Items that go to a worker at once; their results come back together.

    Yields:
        The results in the order of the items, as they become ready; none is kept.

    Raises:
        ValueError: Where a cluster is asked for that cannot do the work.
    """
    items = list(items)
    with ExitStack() as stack:
        pool = _open_pool(settings, items, batch, stack)
        results = pool(delayed(work)(item) for item in items)
        yield from tqdm(results, total=len(items), desc=title, unit=unit, mininterval=1.0)


def _open_pool(
    settings: ParallelSettings, items: list[Item], batch: int, stack: ExitStack
) -> Parallel:
    options = {"n_jobs": settings.workers, "return_as": "generator", "batch_size": batch}
    if settings.scheduler is None:
        return Parallel(backend=settings.backend, **options)
    client = stack.enter_context(connect_cluster(settings.scheduler, items))
    # Only while the pool is made: between results the configuration would be the caller's.
    with parallel_config("dask", client=client, wait_for_workers_timeout=WORKERS_PATIENCE):
        return Parallel(**options)
