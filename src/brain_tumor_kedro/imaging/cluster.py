"""A Dask cluster as the place of per-file work: connecting, and what its workers need."""

import asyncio
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Dask is an extra, and its `Client` has no types.
Client = Any

#: Seconds after which a scheduler counts as unreachable, and what listens there as something else.
PATIENCE = 5.0
#: Seconds in which a first worker must come; a cluster that adapts starts them when asked.
WORKERS_PATIENCE = 30.0
PACKAGE = "brain_tumor_kedro"


@contextmanager
def connect_cluster(scheduler: str, items: Sequence[object]) -> Iterator[Client]:
    """Connect to a Dask scheduler for the time of some work.

    Args:
        scheduler: Its address, such as `tcp://host:8786`.
        items: What the work is applied to; the first path among them must be there for workers.

    Yields:
        The client. It is closed afterwards, the cluster goes on.

    Raises:
        ValueError: Where Dask is not installed, no scheduler answers at the address, no worker is
            there, or a worker cannot import this package or see the files.
    """
    client = _open_client(scheduler)
    try:
        _require_workers(client, scheduler)
        _require_on_all(client, f"import {PACKAGE}", importlib.util.find_spec, PACKAGE)
        if path := _find_path(items):
            _require_on_all(client, f"see {path}", os.path.lexists, path)
        yield client
    finally:
        client.close()


def _open_client(scheduler: str) -> Client:
    try:
        import distributed
    except ImportError as error:
        raise ValueError(
            "Expected Dask for parallel.backend dask: pip install 'brain_tumor_kedro[dask]'"
        ) from error
    try:
        _require_scheduler(scheduler)
        return distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except Exception as error:
        # Each protocol has errors of its own, and those of one that is not installed are any.
        said = str(error) or type(error).__name__
        raise ValueError(
            f"Expected a Dask scheduler at {scheduler} (parallel.scheduler), found none: {said}. "
            "Start one with: dask scheduler"
        ) from error


def _require_scheduler(address: str) -> None:
    """Ask what listens at an address: a client's patience ends where the connection stands."""
    # In a thread of its own, since the caller may be in an event loop, as in a notebook.
    with ThreadPoolExecutor(1) as pool:
        kind = pool.submit(asyncio.run, _ask_kind(address)).result()
    if kind != "Scheduler":
        raise ValueError(f"a Dask {kind.lower()} answers there")


async def _ask_kind(address: str) -> str:
    import distributed

    security = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, timeout=PATIENCE, connection_args=security) as remote:
        try:
            identity = await asyncio.wait_for(remote.identity(), PATIENCE)
        except TimeoutError as error:
            raise TimeoutError(f"no answer of Dask within {PATIENCE:g} s") from error
    return str(identity["type"])


def _require_workers(client: Client, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_PATIENCE)
    except TimeoutError as error:
        raise ValueError(
            f"Expected workers at the Dask scheduler {scheduler}, found none. Start some with: "
            f"dask worker {scheduler}"
        ) from error


def _require_on_all(client: Client, what: str, ask: Callable[..., Any], about: object) -> None:
    # Only functions of Python itself are asked: those of this package may not be there.
    answers = client.run(ask, about, on_error="return")
    unable = [
        name for name, answer in answers.items() if isinstance(answer, BaseException) or not answer
    ]
    if unable:
        raise ValueError(
            f"Expected every Dask worker to be able to {what}, but {len(unable)} of "
            f"{len(answers)} cannot, such as {unable[0]}. Install the package on every worker, in "
            "the same version, and give all of them the same folders under the same paths."
        )


def _find_path(items: Sequence[object]) -> Path | None:
    paths = (getattr(item, "path", None) for item in items)
    return next((path for path in paths if isinstance(path, Path)), None)
