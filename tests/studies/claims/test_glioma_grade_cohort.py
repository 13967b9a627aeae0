import pytest

from brain_tumor_kedro.studies.claims.glioma_grade_cohort import CHECKS
from claimed import all_of, find, put, write

#: By line: the verdict, a change of what was published, and the verdict then.
LINES = {
    "cohort": ("reproduced", put("cohort.HGG", 294), "refuted"),
    "split": ("reproduced", put("split.val", 58), "refuted"),
    "slices": ("not testable", put("slices.LGG", 76 * 155 + 1), "refuted"),
    "test_set": ("refuted", put("split.test", 108), "reproduced"),
    "true_size": ("reproduced", write("accuracy", 0.834, "DenseNet201"), "refuted"),
    "other_share": ("reproduced", put("review.patients", 71), "refuted"),
    "constant_model": ("reproduced", put("review.constant_model", "NASNetMobile"), "refuted"),
}


def test_every_line_is_tested():
    assert list(LINES) == [check.line for check in CHECKS]


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_follows_from_the_figures(line):
    verdict, change, changed = LINES[line]

    assert find("glioma_grade", CHECKS, line).verdict == verdict
    assert find("glioma_grade", CHECKS, line, change).verdict == changed


def test_the_evidence_has_the_computed_figures():
    assert "3 of 48 accuracies" in find("glioma_grade", CHECKS, "test_set").evidence
    assert "most, 47, are one of 108" in find("glioma_grade", CHECKS, "test_set").evidence
    size = find("glioma_grade", CHECKS, "true_size").evidence
    assert "fits most accuracies is 108" in size and "fits most recalls 85" in size
    # One row has another accuracy, and another one another recall.
    assert "both in 46 rows" in size


def test_one_misprint_in_twenty_rows_is_forgiven_and_more_are_not():
    true = put("split.test", 108)
    few = all_of(true, write("accuracy", 0.834, "DenseNet201", "Soft"))
    many = all_of(true, write("accuracy", 0.834, "DenseNet201"))

    assert find("glioma_grade", CHECKS, "test_set", few).verdict == "reproduced"
    assert find("glioma_grade", CHECKS, "test_set", many).verdict == "refuted"


def test_a_constant_model_is_not_one_that_is_not_in_the_table():
    change = put("review.constant_model", "VGG16")

    assert find("glioma_grade", CHECKS, "constant_model", change).verdict == "refuted"
