import pytest

from brain_tumor_kedro.studies.claims.glioma_grade_statistics import CHECKS
from claimed import all_of, find, put, write


def same_for_all(published) -> None:
    published.table["f1"] = published.table.groupby("model")["f1"].transform("mean").round(3)
    # A test needs some difference: two models that contradict each other.
    for model, best in (("ResNet50", "Soft"), ("ResNet101", "Majority")):
        write("f1", 0.99, model, best)(published)


def attention_is_best(published) -> None:
    write("f1", 0.95, aggregation="Attention")(published)


MEANS = {"Attention": 0.828, "Soft": 0.818, "Majority": 0.808}
SPREAD = [{"HGG": int(i % 10 < 10 * p), "p": p} for p in (0.1, 0.5, 0.9) for i in range(40)]
WRONG = [{"HGG": 1 - row["HGG"], "p": row["p"]} for row in SPREAD]

#: By line: the verdict, a change of what was published, and the verdict then.
LINES = {
    "mean_f1": ("refuted", put("mean_f1", MEANS), "reproduced"),
    "order": ("reproduced", put("mean_f1.Majority", 0.9), "refuted"),
    "friedman": ("refuted", put("friedman", {"statistic": 14.0, "p": 0.0009}), "reproduced"),
    "friedman_p": ("reproduced", put("friedman.p", 0.0023), "refuted"),
    "difference": ("reproduced", same_for_all, "refuted"),
    "post_hoc": ("reproduced", attention_is_best, "refuted"),
    "intervals": (
        "not testable",
        put("intervals", [{"accuracy": 0.833, "low": 0.753, "high": 0.892}]),
        "reproduced",
    ),
    "calibration": ("not testable", put("probabilities", SPREAD), "reproduced"),
    "decision_curve": ("not testable", write("accuracy", 0.759, "DenseNet201"), "refuted"),
}


def test_every_line_is_tested():
    assert list(LINES) == [check.line for check in CHECKS]


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_follows_from_the_figures(line):
    verdict, change, changed = LINES[line]

    assert find("glioma_grade", CHECKS, line).verdict == verdict
    assert find("glioma_grade", CHECKS, line, change).verdict == changed


@pytest.mark.parametrize("line", ["calibration", "decision_curve"])
def test_probabilities_that_are_the_wrong_way_round_refute(line):
    finding = find("glioma_grade", CHECKS, line, put("probabilities", WRONG))

    assert finding.verdict == "refuted"


def test_probabilities_that_tell_all_apart_have_a_net_benefit_everywhere():
    sure = [{"HGG": int(p > 0.5), "p": p} for p in (0.01, 0.02, 0.98, 0.99)]

    finding = find("glioma_grade", CHECKS, "decision_curve", put("probabilities", sure))

    assert (finding.verdict, finding.evidence) == (
        "reproduced",
        "It is above at 16 of 16 thresholds.",
    )


def test_intervals_of_far_fewer_patients_refute():
    rows = [{"accuracy": 0.833, "low": 0.6, "high": 0.95}]

    assert find("glioma_grade", CHECKS, "intervals", put("intervals", rows)).verdict == "refuted"


def test_the_statistic_and_its_p_must_both_be_right():
    change = all_of(put("friedman.statistic", 14.0))

    assert find("glioma_grade", CHECKS, "friedman", change).verdict == "refuted"


def test_the_evidence_has_the_computed_figures():
    assert "14.00, p 0.0009" in find("glioma_grade", CHECKS, "friedman").evidence
    assert "0.828 / 0.818 / 0.808" in find("glioma_grade", CHECKS, "mean_f1").evidence


def test_no_correction_for_ties_gives_the_stated_statistic_either():
    evidence = find("glioma_grade", CHECKS, "friedman").evidence

    assert "give 14.00, p 0.0009" in evidence and "10.72 without" in evidence


def test_attention_is_told_apart_from_majority_alone():
    evidence = find("glioma_grade", CHECKS, "post_hoc").evidence

    assert "0.290 against soft and 0.003 against majority" in evidence


def test_a_test_over_rows_that_contradict_themselves_says_so():
    evidence = find("glioma_grade", CHECKS, "difference").evidence

    assert "25 of the 48 rows contradict themselves" in evidence
