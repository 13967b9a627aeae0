import pytest
from pydantic import ValidationError

from brain_tumor_kedro.assessment.calibration_settings import CalibrationSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"draws": 10},
        {"levels": []},
        {"levels": [1.0]},
        {"prevalence": 0},
        {"target_accuracy": 1.2},
        {"lvels": [0.9]},
        {"seed": -1},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        CalibrationSettings.model_validate(wrong)
