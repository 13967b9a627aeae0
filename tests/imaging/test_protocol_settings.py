import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging.protocol_settings import LeakageSettings


def test_protocols_are_named_once_each():
    assert LeakageSettings(protocols=["naive_merge"] * 2).protocols == ("naive_merge",)
    with pytest.raises(ValidationError):
        LeakageSettings(protocols=[])
    with pytest.raises(ValidationError, match="groups_apart"):
        LeakageSettings(protocols=["naive"])
