"""How values are written in a report; what is not there becomes a dash."""

import math
import numbers
from collections.abc import Sequence
from typing import Any

import pandas as pd
from jinja2 import Undefined

#: What stands for a value that is not there.
MISSING = "\N{EN DASH}"


def format_number(value: Any, digits: int = 3) -> str:
    """Write a count with thousands separators, a fraction with a fixed number of digits.

    What rounds to zero has no sign.
    """
    if _is_missing(value):
        return MISSING
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, numbers.Integral) else f"{value:z,.{digits}f}"


def format_share(part: Any, whole: Any) -> str:
    """Write a part as a percentage of a whole; a dash where there is no whole."""
    if _is_missing(part) or _is_missing(whole) or not whole:
        return MISSING
    return f"{100 * part / whole:.1f}%"


def format_probability(value: Any) -> str:
    """Write a probability as a percentage; none is certain, and none impossible."""
    if _is_missing(value):
        return MISSING
    if value > 0.9995:
        return "over 99.9%"
    return "under 0.1%" if value < 0.0005 else f"{value:.1%}"


def format_setting(value: Any) -> str:
    """Write a setting as YAML would, and a dash for what is empty or not there."""
    if _is_missing(value) or value == "":
        return MISSING
    return str(value).lower() if isinstance(value, bool) else str(value)


def format_words(name: Any) -> str:
    """Write an identifier as words."""
    return format_setting(name).replace("_", " ")


def join_labels(labels: Sequence[str]) -> str:
    """Write labels as a person would: `glioma, meningioma or pituitary`."""
    words = [label.replace("_", " ") for label in labels]
    return " or ".join([part for part in (", ".join(words[:-1]), words[-1]) if part])


def format_duration(seconds: Any) -> str:
    """Write seconds as a person would say them."""
    if _is_missing(seconds):
        return MISSING
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _is_missing(value: Any) -> bool:
    if value is None or isinstance(value, Undefined) or value is pd.NA:
        return True
    return isinstance(value, numbers.Real) and not math.isfinite(value)
