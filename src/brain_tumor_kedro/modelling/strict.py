"""What all settings of a recipe share: unknown keys are errors, and nothing changes later."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: From 0 up to, but not including, 1.
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Strict(BaseModel):
    """Settings that are checked whole and then stay as they are; numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, values: Any) -> Any:
        for name, value in values.items() if isinstance(values, Mapping) else ():
            field = cls.model_fields.get(name)
            if field is None:
                raise ValueError(f"there is no setting {name!r}.{_hint(name, cls.model_fields)}")
            if isinstance(value, bool) and not _names(field.annotation, bool):
                raise ValueError(f"{name} is not switched on or off; received {value}")
        return values


def _hint(name: Any, known: Iterable[str]) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f" Did you mean {close[0]!r}?" if close else f" Known are {', '.join(known)}."


def _names(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_names(part, wanted) for part in get_args(annotation))
