"""A run that is told to end, as by `kill`, ends as after Ctrl-C: cleaned up, noted in MLflow."""

import os
import signal
import threading
from types import FrameType


def heed_termination() -> None:
    """Take SIGTERM for Ctrl-C, where nobody else does anything about it."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _Interrupt())


def ignore_termination() -> None:
    """Leave SIGTERM to the system again, where `heed_termination` took it."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and isinstance(signal.getsignal(signal.SIGTERM), _Interrupt):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class _Interrupt:
    """Interrupts the process that it was made in, once; one that was forked from it just ends."""

    def __init__(self) -> None:
        self._process = os.getpid()

    def __call__(self, number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() != self._process:
            os.kill(os.getpid(), number)
            return
        raise KeyboardInterrupt
