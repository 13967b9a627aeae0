"""The same work on many files at once, in order and with a progress bar."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeVar

from joblib import Parallel, delayed
from pydantic import BaseModel, ConfigDict, field_validator
from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


class ParallelSettings(BaseModel):
    """How per-file work is spread.

    Attributes:
        backend: joblib's backend: `loky` (processes) or `threading`.
        workers: How many at once; -1 for all cores.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["loky", "threading"] = "loky"
    workers: int = -1

    @field_validator("workers")
    @classmethod
    def _some(cls, workers: int) -> int:
        if workers == 0:
            raise ValueError("expected the number of workers, or -1 for all cores, found 0")
        return workers


def map_files(
    work: Callable[[Item], Result], items: Iterable[Item], settings: ParallelSettings, title: str
) -> Iterator[Result]:
    """Apply `work` to every item.

    Args:
        work: A function that can be pickled.
        items: What it is applied to.
        settings: Where it runs.
        title: What the progress bar says.

    Yields:
        The results in the order of the items, as they become ready.
    """
    items = list(items)
    pool = Parallel(
        n_jobs=settings.workers, backend=settings.backend, return_as="generator", batch_size=16
    )
    results = pool(delayed(work)(item) for item in items)
    yield from tqdm(results, total=len(items), desc=title, unit="file", mininterval=1.0)
