"""Time of a clock, and time of the processor."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Run:
    """What was timed."""

    result: Any
    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:8.1f} s {self.cpu_seconds:8.1f} s of CPU"


def timed(work: Callable[[], Any]) -> Run:
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Run(result, time.perf_counter() - started, time.process_time() - cpu)
