import pytest
from mlflow import MlflowClient

from brain_tumor_kedro import champions, registry
from registered import NAME, register


@pytest.fixture
def versions(client):
    return [register() for _ in range(3)]


def aliases() -> dict:
    found = MlflowClient().get_registered_model(NAME).aliases
    return {alias: str(number) for alias, number in found.items()}


def test_the_former_champion_is_kept(versions):
    champions.promote(versions[0], None)
    assert aliases() == {"champion": "1"}

    champions.promote(versions[2], "1")
    assert aliases() == {"champion": "3", "previous": "1"}


def test_the_champion_stays_where_it_is_promoted_again(versions):
    champions.promote(versions[0], None)
    champions.promote(versions[1], "1")
    champions.promote(versions[1], "2")
    assert aliases() == {"champion": "2", "previous": "1"}


def test_a_promotion_in_between_is_not_overruled(versions):
    champions.promote(versions[0], None)

    with pytest.raises(ValueError, match="judged against version None, version 1 became champion"):
        champions.promote(versions[1], None)
    assert aliases() == {"champion": "1"}


def test_of_two_promotions_at_once_the_one_that_lost_says_so(versions, monkeypatch):
    def overtaken(name, alias, number):
        MlflowClient().set_registered_model_alias(name, alias, versions[1].number)

    monkeypatch.setattr(champions, "_set", overtaken)
    with pytest.raises(ValueError, match="the champion is version 2"):
        champions.promote(versions[0], None)


def test_former_champions_are_those_of_the_manifest_that_were_not_taken_back(versions):
    for version, before in zip(versions, (None, "1", "2"), strict=True):
        champions.promote(version, before)
    assert [one.number for one in champions.find_former(NAME, "data")] == ["1", "2"]
    assert champions.find_former(NAME, "other") == []

    champions.roll_back(NAME)
    assert [one.number for one in champions.find_former(NAME, "data")] == ["1"]


def test_twice_back_is_where_one_was(versions):
    champions.promote(versions[0], None)
    champions.promote(versions[1], "1")

    first = champions.roll_back(NAME)
    assert aliases() == {"champion": "1", "previous": "2"}
    assert (first["champion"], first["before"]) == ("1", "2")
    assert "version 1 is champion again" in first["decision"]

    champions.roll_back(NAME)
    assert aliases() == {"champion": "2", "previous": "1"}


def test_without_a_former_champion_there_is_no_way_back(versions):
    champions.promote(versions[0], None)
    with pytest.raises(ValueError, match="no version has the alias previous"):
        champions.roll_back(NAME)


def test_a_former_champion_that_was_deleted_is_no_way_back(versions):
    champions.promote(versions[0], None)
    champions.promote(versions[1], "1")
    MlflowClient().delete_model_version(NAME, "1")
    with pytest.raises(ValueError, match="no version has the alias previous"):
        champions.roll_back(NAME)


def test_a_deleted_champion_is_followed_by_the_former_one(versions):
    champions.promote(versions[0], None)
    champions.promote(versions[1], "1")
    MlflowClient().delete_model_version(NAME, "2")

    found = champions.roll_back(NAME)

    assert aliases() == {"champion": "1"}
    assert found["before"] is None
    with pytest.raises(ValueError, match="no version has the alias previous"):
        champions.roll_back(NAME)


def test_one_version_with_both_aliases_goes_nowhere(versions):
    for alias in ("champion", "previous"):
        MlflowClient().set_registered_model_alias(NAME, alias, "1")
    with pytest.raises(ValueError, match="champion and former champion at once"):
        champions.roll_back(NAME)
    assert registry.find_alias(NAME, "champion").number == "1"
