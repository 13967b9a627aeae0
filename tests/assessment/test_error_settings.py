import pytest
from pydantic import ValidationError

from brain_tumor_kedro.assessment.error_settings import ErrorSettings


@pytest.mark.parametrize("wrong", [{"folds": 1}, {"neighbors": 0}, {"mistake": 3}])
def test_what_cannot_be_meant_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        ErrorSettings.model_validate(wrong)
