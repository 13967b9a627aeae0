import pytest

from brain_tumor_kedro.assessment.contenders import Gate
from brain_tumor_kedro.assessment.gates import judge_gates
from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from contenders import RESAMPLING, contend


def judge(candidate, champion=None, task=TUMOR_TYPE, former=(), **settings) -> dict[str, Gate]:
    asked = PromotionSettings(**settings)
    gates = judge_gates(candidate, champion, former, task, asked, RESAMPLING)
    return {gate.name: gate for gate in gates}


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
        for groups in (29, 60)
    )
    assert not few["not_worse"].passed
    assert few["not_worse"].number is None
    assert "29 groups of validation images: of fewer than 30" in few["not_worse"].text
    assert many["not_worse"].passed


def test_a_champion_of_few_groups_gives_way_where_asked():
    candidate, champion = contend("2", 3, groups=8), contend("1", groups=8)

    assert not judge(candidate, champion)["not_worse"].passed
    assert judge(candidate, champion, across_manifests=True)["not_worse"].passed
    assert judge(candidate, champion, groups=8)["not_worse"].number < 0


def test_one_group_alone_gives_no_interval_and_no_promotion():
    gate = judge(contend("2", 1, groups=1), contend("1", groups=1), groups=2)["not_worse"]

    assert not gate.passed
    assert "No comparison is possible" in gate.text


def test_small_losses_do_not_add_up_from_champion_to_champion():
    first, second, third = (contend(str(n), wrong) for n, wrong in ((1, 0), (2, 9), (3, 18)))

    gates = judge(third, second, former=[first], margin=0.25)

    assert gates["not_worse"].passed
    assert not gates["no_drift"].passed
    assert "against former champion version 1" in gates["no_drift"].text


def test_former_champions_that_cannot_be_compared_do_not_count():
    former = [contend("1", manifest_digest="other"), contend("4", evidence=None),
              contend("5", fingerprint="f3")]  # fmt: skip
    gate = judge(contend("3", 18), former=former)["no_drift"]

    assert gate.passed
    assert "no former champion" in gate.text


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
