import logging
import threading
import warnings

import pytest

from brain_tumor_kedro.datasets.silence import LOGGERS, silenced


def describe_all() -> list[object]:
    loggers = [logging.getLogger(name) for name in LOGGERS]
    return [(logger.propagate, logger.handlers) for logger in loggers] + list(warnings.filters)


def test_neither_warnings_nor_records_come_out(caplog, recwarn):
    warnings.simplefilter("always")
    with silenced():
        warnings.warn("DOE^JOHN", stacklevel=1)
        for name in LOGGERS:
            logging.getLogger(name).error("DOE^JOHN")
            logging.getLogger(f"{name}.inside").error("DOE^JOHN")

    assert not caplog.records
    assert not recwarn.list


def test_what_was_before_is_there_again():
    before = describe_all()
    with silenced(), silenced():
        assert describe_all() != before

    assert describe_all() == before
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_an_error_ends_the_silence():
    before = list(warnings.filters)

    with pytest.raises(ValueError, match="inside"), silenced():
        raise ValueError("inside")

    assert list(warnings.filters) == before


def test_the_last_thread_to_leave_restores():
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with silenced():
            inside.set()
            leave.wait(timeout=20)

    with silenced():
        other = threading.Thread(target=stay)
        other.start()
        assert inside.wait(timeout=20)
    assert list(warnings.filters) != before
    leave.set()
    other.join()

    assert list(warnings.filters) == before
