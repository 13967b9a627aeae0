"""Reading ahead: threads prepare what comes next while the present is worked on, in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Full, Queue
from threading import Event
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Results of one item that wait at most; a thread rests where there are more.
EACH = 8
#: Seconds after which a resting thread looks whether it is still wanted.
PATIENCE = 0.2


@dataclass(frozen=True)
class _Lane(Generic[Result]):
    """What comes of one item: results, then None, or in its place what went wrong."""

    stop: Event
    queue: "Queue[tuple[Result] | Exception | None]" = field(default_factory=lambda: Queue(EACH))

    def fill(self, work: Callable[[Item], Iterable[Result]], item: Item) -> None:
        try:
            for result in work(item):
                if not self._put((result,)):
                    return
            self._put(None)
        except Exception as error:
            self._put(error)

    def drain(self) -> Iterator[Result]:
        while (found := self.queue.get()) is not None:
            if isinstance(found, Exception):
                raise found
            yield found[0]

    def _put(self, value: "tuple[Result] | Exception | None") -> bool:
        while not self.stop.is_set():
            try:
                self.queue.put(value, timeout=PATIENCE)
            except Full:
                continue
            return True
        return False


def read_ahead(
    work: Callable[[Item], Iterable[Result]], items: Iterable[Item], workers: int, ahead: int
) -> Generator[Result, None, None]:
    """Do the same work on many items in threads, a bounded number of items ahead.

    At most `ahead` items are begun and not yet taken, of each at most `EACH` results wait, and
    `workers` items are worked on at once: memory does not grow with the number of items, nor with
    what comes of one.

    Args:
        work: Gives any number of results for an item, lazily.
        items: What it is done on; gone through lazily.
        workers: Threads.
        ahead: Items, at least one.

    Yields:
        All results of the first item, then of the second, and so on.

    Raises:
        Exception: What `work` raises, where the item's turn comes; nothing goes on after it.
    """
    stop, waiting = Event(), deque[_Lane[Any]]()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    try:
        for item in items:
            waiting.append(_Lane(stop))
            pool.submit(waiting[-1].fill, work, item)
            if len(waiting) >= ahead:
                yield from waiting.popleft().drain()
        while waiting:
            yield from waiting.popleft().drain()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
