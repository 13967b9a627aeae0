import pytest
from pydantic import ValidationError

from brain_tumor_kedro.assessment.guard_settings import GuardSettings


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"directions": 0}, {"threshold": 3}])
def test_what_makes_no_guard_is_refused(wrong):
    with pytest.raises(ValidationError):
        GuardSettings(**wrong)
