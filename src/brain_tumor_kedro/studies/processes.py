"""Processes: which one runs a cell, and whether it is still alive."""

import os
import platform
from collections.abc import Mapping
from typing import Any

import psutil

#: Of Linux: containers count processes on their own, and may share the host's name.
NAMESPACE = "/proc/self/ns/pid"


def identify_process() -> dict[str, Any]:
    """Say which process this is.

    Returns:
        `machine`, `pid`, and `started` in seconds of the epoch: numbers of processes come again.
    """
    pid = os.getpid()
    return {"machine": _machine(), "pid": pid, "started": psutil.Process(pid).create_time()}


def is_dead(process: Mapping[str, Any] | None) -> bool:
    """Say whether a process is known to have ended.

    Args:
        process: As `identify_process` described it, there.

    Returns:
        False also for processes of other machines, of which nothing is known here.
    """
    if not process or process["machine"] != _machine():
        return False
    try:
        there = psutil.Process(process["pid"])
        ended = there.status() == psutil.STATUS_ZOMBIE
        return bool(ended or abs(there.create_time() - process["started"]) > 1)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _machine() -> str:
    space = os.stat(NAMESPACE).st_ino if os.path.exists(NAMESPACE) else ""  # noqa: PTH110, PTH116
    return f"{platform.node()} {space}".strip()
