import pytest
from pydantic import ValidationError

from brain_tumor_kedro.serving.in_short import in_short
from brain_tumor_kedro.serving.inference_settings import InferenceSettings


def test_each_wrong_field_is_a_line():
    with pytest.raises(ValidationError) as caught:
        InferenceSettings.model_validate({"level": 2, "heat_maps": "some", "workers": 0, "x": 1})

    lines = in_short(caught.value).splitlines()

    assert [line.partition(":")[0] for line in lines] == ["level", "heat_maps", "workers", "x"]
    assert "less than 1" in lines[0]
    assert "'all' or 'none' or " in lines[1]
    assert lines[2] == "workers: expected the number of workers, or -1 for all cores, found 0"
