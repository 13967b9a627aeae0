import os
import signal
import subprocess
import sys

import pytest

from brain_tumor_kedro.termination import heed_termination, ignore_termination


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_run_that_is_told_to_end_is_interrupted():
    heed_termination()

    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_after_a_run_and_where_somebody_else_cares_nothing_changes():
    heed_termination()
    ignore_termination()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    heed_termination()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


def test_a_forked_process_just_ends():
    script = (
        "import os, signal\n"
        "from brain_tumor_kedro.termination import heed_termination\n"
        "heed_termination()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "print(os.WTERMSIG(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (str(int(signal.SIGTERM)), "")
