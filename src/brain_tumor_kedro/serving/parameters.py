"""What a request asks for beside its images."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from brain_tumor_kedro.serving.answers import AnswerSettings
from brain_tumor_kedro.serving.in_short import in_short
from brain_tumor_kedro.serving.requests import RequestError


def read_parameters(params: Mapping[str, Any] | None) -> AnswerSettings:
    """Read the parameters of a request.

    Args:
        params: `heat_maps` and `level`, see `answers.AnswerSettings`; none of them has to be there.

    Raises:
        RequestError: Where one is not what it should be; its value is not quoted.
    """
    try:
        return AnswerSettings.model_validate(dict(params or {}))
    except ValidationError as error:
        problem = in_short(error)
    raise RequestError(f"Expected other values in 'params'. {problem}.".replace("\n", "; "))
