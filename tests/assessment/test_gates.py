import pytest

from brain_tumor_kedro.assessment.contenders import Gate
from brain_tumor_kedro.assessment.gates import judge_gates, say_decision
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.tasks import TUMOR_TYPE
from contenders import RESAMPLING, contend, make_guard

STRICT = PromotionSettings()
CURATED = {"crossings": {}, "split_strategy": "group", "manifest_digest": "data"}


def judge(candidate, champion=None, task=TUMOR_TYPE, former=(), **settings) -> dict[str, Gate]:
    asked = PromotionSettings(**settings)
    gates = judge_gates(candidate, champion, former, task, asked, RESAMPLING)
    return {gate.name: gate for gate in gates}


def failed(*args, **settings) -> list[str]:
    return [name for name, gate in judge(*args, **settings).items() if not gate.passed]


def test_a_sound_first_version_passes_every_gate():
    gates = judge(contend())

    assert [gate.passed for gate in gates.values()] == [True] * 7
    assert all(gate.text.endswith(".") for gate in gates.values())


def test_a_version_that_was_never_evaluated_is_judged_no_further():
    assert failed(contend(evidence=None)) == ["evaluated"]


@pytest.mark.parametrize(
    ("changes", "gate", "said"),
    [
        ({"guard": {}}, "guard", "no guard"),
        ({"guard": make_guard(None)}, "guard", "no guard with a threshold"),
        (
            {"guard": make_guard(0.0) | {"foreign_auroc": {"val": 0.9, "test": 1.0}}},
            "guard",
            "AUROC of 0.900; at least 0.95",
        ),
        ({"guard": make_guard(0.0) | {"foreign_auroc": {"test": 1.0}}}, "guard", "was not tried"),
        ({"training": {}}, "calibration", "nothing says why"),
        ({"phantom": None}, "data", "does not say whether"),
        (
            {"training": {"temperature": {"note": ""}, "phantom": True}},
            "data",
            "tag phantom says False, its training said True",
        ),
        ({"curation": CURATED | {"manifest_digest": "new"}}, "evaluated", "is of manifest new"),
        (
            {"curation": CURATED | {"crossings": {"relative": 3}, "split_strategy": "image"}},
            "leakage",
            "made by image: 3 relative",
        ),
    ],
)
def test_a_fault_fails_its_own_gate_alone(changes, gate, said):
    gates = judge(contend(**changes))

    assert [name for name, one in gates.items() if not one.passed] == [gate]
    assert said in gates[gate].text


def test_predictions_of_another_classifier_are_no_evaluation():
    other = contend(fingerprint="other").evidence.predictions
    assert failed(contend(predictions=other)) == ["evaluated"]


def test_a_fingerprint_that_is_not_the_records_is_told_by_gates_not_by_an_error():
    other = contend(fingerprint="other").evidence.predictions
    gates = judge(contend("2", predictions=other), contend("1"))

    assert [name for name, one in gates.items() if not one.passed] == ["evaluated", "not_worse"]
    assert "Of version 2 the recorded predictions are of another" in gates["not_worse"].text


def test_predictions_of_another_manifest_are_no_evaluation():
    stale = contend("2", manifest_digest="before").evidence.predictions
    gate = judge(contend("2", predictions=stale))["evaluated"]

    assert not gate.passed
    assert "predictions are of manifest before, expected data" in gate.text


def test_without_validation_images_nothing_can_be_judged():
    whole = contend()
    test = whole.evidence.predictions.query("split == 'test'")
    scores = whole.evidence.scores.query("split == 'test'")

    guard = make_guard(0.0) | {"foreign_auroc": {}}
    candidate = contend(predictions=test, scores=scores, guard=guard)
    assert failed(candidate) == ["evaluated", "calibration", "guard"]


def test_the_calibration_error_itself_is_held_against_the_limit():
    whole = contend()
    scores = whole.evidence.scores
    row = (scores["split"] == "val") & (scores["metric"] == "ece")
    wide = scores.assign(value=scores["value"].mask(row, 0.2), low=scores["low"].mask(row, 0.05),
                         high=scores["high"].mask(row, 0.35))  # fmt: skip
    gate = judge(contend(scores=wide))["calibration"]

    assert not gate.passed
    assert (gate.number, gate.limit) == (0.2, STRICT.calibration_error)
    assert judge(contend(scores=wide), calibration_error=0.2)["calibration"].passed


def test_where_no_temperature_could_be_fitted_the_gate_says_why():
    note = "none of 90 validation images is predicted wrong"
    gate = judge(contend(training={"temperature": {"note": note}}))["calibration"]

    assert gate.passed
    assert f"no temperature was fitted: {note}" in gate.text


def test_phantoms_never_replace_real_images_but_the_other_way_round():
    assert failed(contend("2", phantom=True), contend("1", manifest_digest="real"),
                  across_manifests=True) == ["data"]  # fmt: skip
    assert failed(contend("2", phantom=True), contend("1", phantom=None)) == ["data"]
    assert not failed(contend("2"), contend("1", phantom=True))


def test_the_decision_names_what_failed_and_who_is_champion():
    good, bad = Gate("data", True, "Fine."), Gate("guard", False, "No guard.")

    assert say_decision([good], "2", None) == "Version 2 is the first champion."
    assert "version 1 was before" in say_decision([good], "2", "1")
    assert "already" in say_decision([good], "2", "2")
    refused = say_decision([good, bad], "2", "1")
    assert "not promoted (guard), version 1 stays champion. No guard." in refused
    assert "there is no champion" in say_decision([bad], "2", None)
