import pytest

from brain_tumor_kedro.serving.answers import AnswerSettings
from brain_tumor_kedro.serving.parameters import read_parameters
from brain_tumor_kedro.serving.requests import RequestError


def test_what_is_not_asked_for_is_as_by_default():
    assert read_parameters(None) == read_parameters({}) == AnswerSettings()
    assert read_parameters({"level": 0.95}).level == 0.95


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"level": None}, "level: input should be a valid number"),
        ({"level": float("nan")}, "level: input should be a finite number"),
        ({"heat_maps": None}, "heat_maps: input should be a valid boolean"),
        ({"level": "Doe^Jane", "heat_maps": "Doe^Jane"}, "level: .*; heat_maps: "),
    ],
)
def test_a_wrong_one_is_named_and_not_quoted(params, said):
    with pytest.raises(RequestError, match=said) as caught:
        read_parameters(params)

    assert "Doe" not in str(caught.value)
    assert "http" not in str(caught.value)
    assert caught.value.__context__ is None
