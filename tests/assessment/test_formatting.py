import numpy as np
import pandas as pd
import pytest
from jinja2 import ChainableUndefined

from brain_tumor_kedro.assessment.formatting import (
    MISSING,
    format_duration,
    format_number,
    format_probability,
    format_setting,
    format_share,
    format_words,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1234567, "1,234,567"),
        (np.int64(1234), "1,234"),
        (0.91249, "0.912"),
        (np.float32(0.5), "0.500"),
        (0, "0"),
        ("as it is", "as it is"),
    ],
)
def test_numbers(value, written):
    assert format_number(value) == written


def test_digits_are_as_asked_for():
    assert format_number(12.0, 0) == "12"
    assert format_number(1e-5, 7) == "0.0000100"


@pytest.mark.parametrize("format_value", [format_number, format_setting, format_words])
@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, ChainableUndefined()])
def test_what_is_not_there_is_a_dash(format_value, value):
    assert format_value(value) == MISSING
    assert format_duration(value) == MISSING
    assert format_share(value, 1) == format_share(1, value) == MISSING


def test_shares():
    assert format_share(259, 394) == "65.7%"
    assert format_share(0, 4) == "0.0%"
    assert format_share(0, 0) == MISSING


def test_settings_are_written_as_in_yaml():
    assert [format_setting(value) for value in (True, 20240101, 1e-5, "adam", "", 0)] == [
        "true",
        "20240101",
        "1e-05",
        "adam",
        MISSING,
        "0",
    ]


def test_identifiers_are_written_as_words():
    assert format_words("no_tumor") == "no tumor"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.1234, "0.123 s"), (71.25, "71.2 s"), (433.8, "7 min"), (9000, "2.5 h"), (0, "0 s")],
)
def test_durations(seconds, written):
    assert format_duration(seconds) == written


def test_zero_has_no_sign() -> None:
    assert (format_number(-0.0001, 2), format_number(-0.0)) == ("0.00", "0.000")
    assert format_number(-0.006, 2) == "-0.01"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "over 99.9%"),
        (0.9994, "99.9%"),
        (0.5, "50.0%"),
        (0.0, "under 0.1%"),
        (None, MISSING),
    ],
)
def test_no_probability_is_certain(value, written):
    assert format_probability(value) == written
