"""What all settings of a recipe share: unknown keys are errors, and nothing changes later."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: From 0 up to, but not including, 1.
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Strict(BaseModel):
    """Settings that are checked whole and then stay as they are; numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _true_is_no_number(cls, values: Any) -> Any:
        for name, value in values.items() if isinstance(values, Mapping) else ():
            field = cls.model_fields.get(name)
            if isinstance(value, bool) and field and not _names(field.annotation, bool):
                raise ValueError(f"{name} is not switched on or off; received {value}")
        return values


def _names(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_names(part, wanted) for part in get_args(annotation))
