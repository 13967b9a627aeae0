"""What a server says to a request: a table with a row for every image."""

import base64
from typing import Any

import pandas as pd

from brain_tumor_kedro.assessment.overlay import draw_overlay, encode_png
from brain_tumor_kedro.serving.answers import Answer, Answerer, AnswerSettings
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.columns import HEAT_MAP
from brain_tumor_kedro.serving.requests import RequestError, refuse, show_request


def respond(bundle: Bundle, table: pd.DataFrame, settings: AnswerSettings) -> pd.DataFrame:
    """Answer a request, whole or not at all.

    Args:
        bundle: What answers.
        table: See `requests.show_request`.
        settings: How.

    Returns:
        A row for every image, in their order, with the columns of `columns.columns_of`; and
        `heat_map`, a PNG as base64, where heat maps are asked for.

    Raises:
        RequestError: Where the request cannot be answered, and why.
    """
    answerer = _make_answerer(bundle, settings)
    ready = []
    for place, shown in show_request(table):
        one = answerer.prepare(shown)
        if one.prepared.packed is None:
            raise refuse(place, str(one.prepared.problem))
        ready.append(one)
    return _tabulate([_make_row(answer) for answer in answerer.answer_ready(ready)])


def _make_answerer(bundle: Bundle, settings: AnswerSettings) -> Answerer:
    try:
        return Answerer(bundle, settings)
    except ValueError as error:
        raise RequestError(str(error)) from error


def _make_row(answer: Answer) -> dict[str, Any]:
    if answer.heat_map is None or answer.packed is None:
        return answer.row
    picture = encode_png(draw_overlay(answer.packed, answer.heat_map))
    return {**answer.row, HEAT_MAP: base64.b64encode(picture).decode()}


def _tabulate(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Keep None as it is: as a number it would be NaN, which is no JSON."""
    table = pd.DataFrame(rows, dtype=object)
    for name in table.columns[table.notna().all()]:
        table[name] = table[name].infer_objects()
    return table
