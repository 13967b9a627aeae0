import pytest

from brain_tumor_kedro.assessment.gates import Gate, judge_gates, say_decision
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from contenders import RESAMPLING, contend, make_guard

STRICT = PromotionSettings()


def judge(candidate, champion=None, task=TUMOR_TYPE, **settings) -> dict[str, Gate]:
    asked = PromotionSettings(**settings)
    return {gate.name: gate for gate in judge_gates(candidate, champion, task, asked, RESAMPLING)}


def failed(*args, **settings) -> list[str]:
    return [name for name, gate in judge(*args, **settings).items() if not gate.passed]


def test_a_sound_first_version_passes_every_gate():
    gates = judge(contend())

    assert [gate.passed for gate in gates.values()] == [True] * 6
    assert all(gate.text.endswith(".") for gate in gates.values())


def test_a_version_that_was_never_evaluated_is_judged_no_further():
    assert failed(contend(evidence=None)) == ["evaluated"]


@pytest.mark.parametrize(
    ("changes", "gate", "said"),
    [
        ({"guard": {}}, "guard", "no guard"),
        ({"guard": make_guard(None)}, "guard", "no guard with a threshold"),
        ({"guard": make_guard(0.2)}, "guard", "flags 20.0% of 90 validation images"),
        ({"guard": make_guard(0.2) | {"good": {}}}, "guard", "not tried on validation"),
        (
            {"curation": {"crossings": {"relative": 3}, "split_strategy": "image"}},
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


def test_without_validation_images_nothing_can_be_judged():
    whole = contend()
    test = whole.evidence.predictions.query("split == 'test'")
    scores = whole.evidence.scores.query("split == 'test'")

    guard = make_guard(0.0) | {"good": {}}
    candidate = contend(predictions=test, scores=scores, guard=guard)
    assert failed(candidate) == ["evaluated", "calibration", "guard"]


def test_an_error_of_calibration_that_is_beyond_chance_is_refused():
    gates = judge(contend(wrong=60))  # nine in ten sure, and right on a third

    assert not gates["calibration"].passed
    assert gates["calibration"].number > STRICT.calibration_error
    assert judge(contend(wrong=60), calibration_error=0.9)["calibration"].passed


def test_phantoms_never_replace_real_images_but_the_other_way_round():
    assert failed(contend("2", phantom=True), contend("1", manifest_digest="real"),
                  across_manifests=True) == ["data"]  # fmt: skip
    assert not failed(contend("2"), contend("1", phantom=True))


@pytest.mark.parametrize(
    ("wrong", "of_champion", "margin", "passes"),
    [
        (0, 0, 0.0, True),  # the same answers: the difference is sure
        (3, 0, 0.05, False),  # worse by four points, and by how much at most is not known
        (3, 0, 0.2, True),
        (0, 30, 0.0, True),  # better
        (30, 0, 0.2, False),
    ],
)
def test_a_candidate_may_be_worse_by_no_more_than_the_margin(wrong, of_champion, margin, passes):
    gate = judge(contend("2", wrong), contend("1", of_champion), margin=margin)["not_worse"]

    assert gate.passed == passes
    assert gate.number == pytest.approx(0, abs=1e-9) if wrong == of_champion else gate.number
    assert "90 validation images of 30 groups" in gate.text


def test_few_groups_show_too_little_to_replace_a_champion():
    few, many = (
        judge(contend("2", 3, groups=groups), contend("1", 0, groups=groups), margin=0.1)
        for groups in (8, 60)
    )
    assert not few["not_worse"].passed
    assert many["not_worse"].passed


def test_one_group_alone_gives_no_interval_and_no_promotion():
    gate = judge(contend("2", 1, groups=1), contend("1", groups=1))["not_worse"]

    assert not gate.passed
    assert "too few groups" in gate.text


@pytest.mark.parametrize(
    ("champion", "said"),
    [
        (contend("1", manifest_digest="other"), "another manifest, other"),
        (contend("1", evidence=None), "no predictions are recorded"),
        (
            contend("1", predictions=contend(fingerprint="x").evidence.predictions),
            "are of another classifier",
        ),
    ],
)
def test_what_cannot_be_compared_gives_way_only_where_asked(champion, said):
    gate = judge(contend("2"), champion)["not_worse"]

    assert not gate.passed
    assert said in gate.text
    assert "promotion.across_manifests=true" in gate.text
    assert judge(contend("2"), champion, across_manifests=True)["not_worse"].passed


def test_a_classifier_that_is_the_champions_is_not_worse():
    gate = judge(contend("2", fingerprint="same"), contend("1", fingerprint="same"))["not_worse"]

    assert gate.passed
    assert gate.number == 0


def test_where_the_unit_is_the_patient_patients_are_compared():
    # One slice in three of a patient is wrong: the patient's answer stays right.
    task = GLIOMA_GRADE
    gate = judge(contend("2", 1, task=task), contend("1", 0, task=task), task)["not_worse"]

    assert "30 validation patients" in gate.text
    assert gate.passed
    assert gate.number == 0


def test_the_decision_names_what_failed_and_who_is_champion():
    good, bad = Gate("data", True, "Fine."), Gate("guard", False, "No guard.")

    assert say_decision([good], "2", None) == "Version 2 is the first champion."
    assert "version 1 was before" in say_decision([good], "2", "1")
    assert "already" in say_decision([good], "2", "2")
    refused = say_decision([good, bad], "2", "1")
    assert "not promoted (guard), version 1 stays champion. No guard." in refused
    assert "there is no champion" in say_decision([bad], "2", None)
