import pytest

from brain_tumor_kedro.studies.overrides import override

FIELDS = {"size": 8, "head": {"dense": [4]}, "lora": None, "phases": [{"name": "a", "rate": 1}]}


def test_values_are_changed_by_their_place_and_nothing_else_is():
    changed = override(FIELDS, {"size": 9, "head.dense": [], "phases.a.rate": 2, "lora.rank": 3})

    assert changed == {
        "size": 9,
        "head": {"dense": []},
        "lora": {"rank": 3},
        "phases": {"a": {"rate": 2}},
    }
    assert FIELDS["phases"] == [{"name": "a", "rate": 1}]


def test_a_branch_that_replaces_another_is_not_changed_by_what_comes_later():
    bundle = {"b": {"rate": 1}}

    changed = override(FIELDS, {"phases": bundle, "phases.b.rate": 5})

    assert changed["phases"] == {"b": {"rate": 5}}
    assert bundle == {"b": {"rate": 1}}


def test_a_place_below_a_single_value_is_refused():
    with pytest.raises(ValueError, match=r"size\.x: size is 8"):
        override(FIELDS, {"size.x": 1})
