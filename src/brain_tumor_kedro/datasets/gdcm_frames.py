"""Frames that only GDCM decodes, in a process of its own.

GDCM ends the process that it runs in on some broken JPEG streams (an exception of C++ that nothing
catches), and prints past every logger. A server must survive a broken file: the process that
decodes may die, and the next frame starts another.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brain_tumor_kedro.datasets import gdcm_process
from brain_tumor_kedro.datasets.gdcm_process import HEAD

_lock = threading.Lock()
_running: dict[int, subprocess.Popen[bytes]] = {}


def decode_with_gdcm(facts: Mapping[str, Any], stream: bytes) -> tuple[np.ndarray, str] | None:
    """Decode one compressed frame.

    Args:
        facts: What a decoder must know of it, by the names of DICOM's elements, with the
            `TransferSyntaxUID`.
        stream: The compressed frame.

    Returns:
        Stored values `(h, w)` or `(h, w, c)` and their photometric interpretation; None where the
        frame is broken or not supported.
    """
    with _lock:
        process = _find_process()
        try:
            return _ask(process, facts, stream)
        except (OSError, EOFError):
            stop_process()
            return None


def stop_process() -> None:
    """End this process' decoder, if one runs; the next frame starts another."""
    process = _running.pop(os.getpid(), None)
    if process is None:
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe:
                pipe.close()
        except OSError:  # what was written last has nowhere to go
            continue
    process.wait()


def _find_process() -> subprocess.Popen[bytes]:
    # By the process' number: after a fork both would write to the same pipe.
    number = os.getpid()
    if number not in _running:
        program = [sys.executable, "-P", str(Path(gdcm_process.__file__))]
        _running[number] = subprocess.Popen(  # noqa: S603
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        atexit.register(stop_process)
    return _running[number]


def _ask(
    process: subprocess.Popen[bytes], facts: Mapping[str, Any], stream: bytes
) -> tuple[np.ndarray, str] | None:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    gdcm_process.send(process.stdin, dict(facts), stream)
    head = _read(process, HEAD.size)
    facts_length, length = HEAD.unpack(head)
    found = json.loads(_read(process, facts_length))
    content = _read(process, length)
    if not found:
        return None
    return np.frombuffer(content, found["type"]).reshape(found["shape"]), found["meaning"]


def _read(process: subprocess.Popen[bytes], size: int) -> bytes:
    content = process.stdout.read(size) if process.stdout else b""
    if len(content) < size:
        raise EOFError
    return content
