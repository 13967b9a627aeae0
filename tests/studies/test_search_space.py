import pytest
from pydantic import ValidationError

from brain_tumor_kedro.studies.search_space import Range, Studies, StudySettings, holds_password

PLAIN = {"task": "tumor_type", "space": {"recipe": ["a", "b"]}}


def refuse(match, **changes):
    with pytest.raises(ValidationError, match=match):
        StudySettings.model_validate({**PLAIN, **changes})


def test_a_single_value_is_a_list_of_one():
    settings = StudySettings.model_validate({**PLAIN, "space": {"recipe": "a", "x": 3}, "seeds": 7})

    assert settings.values("recipe") == ("a",)
    assert settings.values("x") == (3,)
    assert settings.seeds == (7,)


def test_what_cannot_be_meant_is_refused():
    refuse("Did you mean 'tumor_type'", task="tumour_type")
    refuse("recipe", space={"batch_size": [1]})
    refuse("at least one value", space={"recipe": ["a"], "x": []})
    refuse("every value once", space={"recipe": ["a", "a"]})
    refuse("ranges are for search: tpe", space={"recipe": ["a"], "x": {"low": 1, "high": 2}})
    refuse("list of names", search="tpe", trials=1, space={"recipe": {"low": 1, "high": 2}})
    refuse("a grid trains every combination", trials=3)
    refuse("how many combinations", search="tpe")
    refuse("no variant 'b'", space={"recipe": ["a"], "variant": ["b"]})
    refuse("every seed once", seeds=[1, 1])
    refuse("2 to 100 folds", folds={"count": 1})
    refuse("deal folds out anew", folds={"repeats": 2})
    refuse("no strategy", objective={"strategy": "soft"})
    refuse("Extra inputs", seed=3)


@pytest.mark.parametrize("wrong", [{"low": 2, "high": 1}, {"low": 0, "high": 1, "log": True}])
def test_a_range_has_numbers_in_it(wrong):
    with pytest.raises(ValidationError):
        Range.model_validate(wrong)


def test_the_best_is_chosen_by_the_first_strategy_unless_one_is_named():
    first = StudySettings.model_validate({**PLAIN, "strategies": ["soft", "majority"]})
    named = first.model_validate(
        {**PLAIN, "strategies": ["soft"], "objective": {"strategy": "slice", "metric": "auroc"}}
    )

    assert StudySettings.model_validate(PLAIN).chosen_by == ("slice", "f1")
    assert first.chosen_by == ("soft", "f1")
    assert named.chosen_by == ("slice", "auroc")


def test_an_unknown_study_is_named_with_the_known_ones():
    studies = Studies.model_validate({"glioma_grade": PLAIN})

    assert studies.choose("glioma_grade").task == "tumor_type"
    with pytest.raises(ValueError, match="Did you mean 'glioma_grade'"):
        studies.choose("glioma_grad")


def test_an_address_with_a_password_is_refused_and_not_repeated():
    address = "postgresql://me:secret@host/database"

    with pytest.raises(ValidationError, match="PGPASSWORD") as error:
        StudySettings.model_validate({**PLAIN, "storage": address})

    assert "secret" not in str(error.value)
    assert holds_password("postgresql+psycopg://me:a%40b@host:5432/x")
    assert holds_password("postgresql:///x?user=me&password=secret")
    assert not holds_password("postgresql://me@host:5432/database")
    assert not holds_password("sqlite:////a/b.db")
