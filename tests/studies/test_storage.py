import pytest

from brain_tumor_kedro.studies.storage import open_study


def test_a_study_is_found_again(tmp_path):
    open_study("a", None, tmp_path).set_user_attr("parent", "run")

    assert open_study("a", None, tmp_path).user_attrs == {"parent": "run"}
    assert open_study("b", None, tmp_path).user_attrs == {}


def test_a_new_study_takes_over_from_the_last_one_of_its_kind(tmp_path):
    open_study("a: 1", None, tmp_path).set_user_attr("parent", "first")
    open_study("a: 2", None, tmp_path).set_user_attr("parent", "second")
    open_study("b: 1", None, tmp_path).set_user_attr("parent", "other")

    new = open_study("a: 3", None, tmp_path, inherit=("a:", "parent"))
    known = open_study("a: 1", None, tmp_path, inherit=("a:", "parent"))

    assert new.user_attrs == {"parent": "second"}
    assert known.user_attrs == {"parent": "first"}


def test_what_is_no_database_is_told(tmp_path):
    with pytest.raises(ValueError, match="postgresql://user@host/database"):
        open_study("a", "somewhere", tmp_path)
    with pytest.raises(ValueError, match="driver that is not installed"):
        open_study("a", "oracle+nothing://me@host/x", tmp_path)
