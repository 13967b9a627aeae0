import io
import os
import struct
import subprocess
import sys

import numpy as np

from brain_tumor_kedro.datasets import gdcm_process
from brain_tumor_kedro.datasets.gdcm_process import HEAD, send


def test_a_message_is_lengths_facts_and_bytes():
    sink = io.BytesIO()

    send(sink, {"type": "u1"}, b"\1\2\3")

    assert sink.getvalue() == struct.pack("<II", 14, 3) + b'{"type": "u1"}' + b"\1\2\3"


def test_the_program_needs_no_module_of_the_project():
    program = [sys.executable, "-P", gdcm_process.__file__]
    facts = b'{"TransferSyntaxUID": "1.2.840.10008.1.2.4.57"}'
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    done = subprocess.run(
        program, input=HEAD.pack(len(facts), 0) + facts, capture_output=True, check=True,
        timeout=60, env=environment,
    )  # fmt: skip

    # A frame without any of the facts that a decoder must know is not decoded.
    assert done.stdout == HEAD.pack(2, 0) + b"{}"
    assert done.stderr == b""
    assert np.frombuffer(done.stdout[:8], "<u4").tolist() == [2, 0]
