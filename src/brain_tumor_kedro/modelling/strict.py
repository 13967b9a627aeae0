"""What all settings of a recipe share: unknown keys are errors, and nothing changes later."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: From 0 up to, but not including, 1.
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Strict(BaseModel):
    """Settings that are checked whole and then stay as they are; numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
