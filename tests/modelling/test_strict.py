from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from brain_tumor_kedro.modelling.strict import Fraction, Strict


class Settings(Strict):
    count: Annotated[int, Field(ge=1)] = 1
    share: Fraction | None = None
    shuffle: bool = False
    place: bool | Literal["auto"] = "auto"


@pytest.mark.parametrize("name", ["count", "share"])
def test_true_is_not_read_as_one(name: str) -> None:
    with pytest.raises(ValidationError, match="is not switched on or off; received False"):
        Settings.model_validate({name: False})
    with pytest.raises(ValidationError, match=f"{name} is not switched"):
        Settings.model_validate({name: True})


@pytest.mark.parametrize("name", ["shuffle", "place"])
def test_what_is_switched_takes_both(name: str) -> None:
    assert [getattr(Settings(**{name: on}), name) for on in (True, False)] == [True, False]


def test_numbers_are_finite_and_keys_known() -> None:
    with pytest.raises(ValidationError, match="less than 1"):
        Settings(share=1.0)
    with pytest.raises(ValidationError, match="finite"):
        Settings.model_validate({"share": float("nan")})
    with pytest.raises(ValidationError, match=r"no setting 'counts'\. Did you mean 'count'\?"):
        Settings.model_validate({"counts": 2})
