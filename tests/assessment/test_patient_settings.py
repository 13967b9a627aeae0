import pytest
from pydantic import ValidationError

from brain_tumor_kedro.assessment.patient_settings import PatientSettings


def test_the_strategy_is_one_that_needs_no_learning():
    assert PatientSettings().strategy == "soft"
    with pytest.raises(ValidationError, match="'gated_attention'"):
        PatientSettings(strategy="gated_attention")


@pytest.mark.parametrize("wrong", [{"strategies": []}, {"aggregation": {"k": 3}}])
def test_unknown_settings_are_refused(wrong):
    with pytest.raises(ValidationError, match="extra"):
        PatientSettings(**wrong)
