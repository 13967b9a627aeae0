import mlflow
import pytest

from brain_tumor_kedro import registry
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.pipelines.promotion import nodes
from contenders import RESAMPLING
from registered import NAME, evaluate, register


def promote(**settings) -> dict:
    asked = PromotionSettings(**settings)
    contenders = nodes.find_contenders(asked, "tumor_type")
    gates = nodes.judge_candidate(contenders, asked, RESAMPLING, "tumor_type")
    return nodes.move_champion(contenders, gates, asked, "tumor_type")


def aliases(client) -> dict:
    found = client.get_registered_model(NAME).aliases
    return {alias: str(number) for alias, number in found.items()}


def test_the_newest_evaluated_version_becomes_champion_and_says_so(client, caplog):
    caplog.set_level("INFO", "brain_tumor_kedro")
    evaluate(register())
    register()  # not evaluated

    promotion = promote()

    assert aliases(client) == {"champion": "1"}
    assert promotion["moved"] is True
    assert (promotion["champion"], promotion["before"]) == ("1", None)
    assert {gate["name"] for gate in promotion["gates"]} == {
        "evaluated", "leakage", "data", "calibration", "guard", "not_worse", "no_drift",
    }  # fmt: skip
    tags = client.get_model_version(NAME, "1").tags
    assert tags["gate.guard"].startswith("passed: The guard has a threshold, and in its trial")
    assert tags["promotion"] == promotion["decision"] == "Version 1 is the first champion."
    assert "Gate guard        passed" in caplog.text


def test_a_worse_version_is_refused_and_the_champion_stays(client, caplog):
    evaluate(register())
    promote()
    evaluate(register(), wrong=45)

    promotion = promote()

    assert aliases(client) == {"champion": "1"}
    assert (promotion["moved"], promotion["champion"]) == (False, "1")
    assert "not_worse" in promotion["decision"]
    assert client.get_model_version(NAME, "2").tags["gate.not_worse"].startswith("failed: Macro F1")
    assert "version 1 stays champion" in caplog.text


def test_a_version_is_promoted_by_its_number_and_taken_back(client):
    for _ in range(3):
        evaluate(register())
    promote(version=2)
    promote(version=3)
    assert aliases(client) == {"champion": "3", "previous": "2"}

    taken_back = promote(rollback=True)

    assert aliases(client) == {"champion": "2", "previous": "3"}
    tags = {n: client.get_model_version(NAME, n).tags for n in ("2", "3")}
    assert {one["promotion"] for one in tags.values()} == {taken_back["decision"]}
    assert "was_champion" in tags["2"]
    assert "was_champion" not in tags["3"]
    assert "gates" not in taken_back
    assert taken_back["settings"]["rollback"] is True


def test_the_champion_is_promoted_again_without_a_change(client):
    evaluate(register())
    promote()
    promotion = promote()
    assert "is the champion already" in promotion["decision"]
    assert promotion["moved"] is False
    assert aliases(client) == {"champion": "1"}


def test_a_champion_that_was_never_evaluated_gives_way_where_asked(client):
    register()
    client.set_registered_model_alias(NAME, "champion", "1")
    evaluate(register())

    assert "no predictions are recorded" in promote()["decision"]
    assert promote(across_manifests=True)["champion"] == "2"
    assert aliases(client) == {"champion": "2", "previous": "1"}


def test_a_version_that_was_not_evaluated_is_not_promoted(client):
    evaluate(register())
    register()
    promotion = promote(version=2)
    assert "It was never evaluated, or its record is gone." in promotion["decision"]
    assert aliases(client) == {}


def test_phantoms_do_not_replace_real_images(client):
    evaluate(register())
    promote()
    evaluate(register(phantom="True", manifest_digest="phantoms"))

    promotion = promote(across_manifests=True)

    assert [gate["name"] for gate in promotion["gates"] if not gate["passed"]] == ["data"]
    assert aliases(client) == {"champion": "1"}


def test_a_version_that_does_not_say_what_it_was_trained_on_is_refused(client):
    evaluate(register(phantom="perhaps"))
    assert "does not say whether it was trained on phantoms" in promote()["decision"]
    assert aliases(client) == {}


def test_a_new_evaluation_takes_old_decisions_away(client):
    version = evaluate(register())
    promote()
    tags = evaluate(registry.find_version(NAME, version.number)).tags
    assert not [key for key in tags if key.startswith(("gate", "promotion"))]
    assert tags["was_champion"] == "True"


def test_a_former_champion_bars_who_is_worse_and_one_without_a_record_bars_nobody(client, caplog):
    for wrong in (0, 9, 18):
        evaluate(register(), wrong)
    asked = {"margin": 0.25, "calibration_error": 0.9}
    promote(version=1, **asked)
    assert promote(version=2, **asked)["champion"] == "2"

    refused = promote(version=3, **asked)
    assert [gate["name"] for gate in refused["gates"] if not gate["passed"]] == ["no_drift"]

    client.set_model_version_tag(NAME, "1", "evaluation_run", "gone")
    assert promote(version=3, **asked)["champion"] == "3"
    assert "Nothing is known of version 1" in caplog.text


def test_a_champion_whose_record_is_gone_gives_way_where_asked(client):
    for _ in range(2):
        evaluate(register())
    promote(version=1)
    client.set_model_version_tag(NAME, "1", "evaluation_run", "gone")

    assert "no predictions are recorded" in promote()["decision"]
    assert promote(across_manifests=True)["champion"] == "2"


@pytest.mark.parametrize("version", [None, 5])
def test_an_empty_registry_is_named(client, version):
    with mlflow.start_run(), pytest.raises(ValueError, match="found no version of it"):
        promote(version=version)
