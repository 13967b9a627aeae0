import subprocess
import sys

from brain_tumor_kedro.studies.processes import identify_process, is_dead


def test_a_process_is_dead_when_it_has_ended():
    this = identify_process()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert not is_dead(this)
    assert is_dead({**this, "pid": ended.pid})


def test_a_process_that_was_given_the_number_of_another_is_not_that_one():
    this = identify_process()

    assert is_dead({**this, "started": this["started"] - 100})


def test_nothing_is_known_of_other_machines_or_of_nobody():
    assert not is_dead({**identify_process(), "machine": "elsewhere", "pid": 999999})
    assert not is_dead(None)
