import pytest

from brain_tumor_kedro.studies.claims.xception_vs_vgg16 import CHECKS
from claimed import find, put

CONFUSION = {
    "glioma": {"meningioma": 3, "pituitary": 1},
    "meningioma": {"glioma": 2},
    "pituitary": {"glioma": 1},
    "no_tumor": {},
}
CLASSES = {"glioma": 1800, "meningioma": 1800, "pituitary": 1800, "no_tumor": 1753}

#: By line: the verdict, a change of what was published, and the verdict then.
LINES = {
    "total": ("reproduced", put("images.total", 7154), "refuted"),
    "percentages": ("reproduced", put("percent.val", 9.0), "refuted"),
    "classes": ("not testable", put("class_counts", CLASSES), "reproduced"),
    "xception_test": ("reproduced", put("accuracy.xception_test.right", 651), "refuted"),
    "vgg16_val": ("reproduced", put("accuracy.vgg16_val.of", 656), "refuted"),
    "vgg16_test": ("reproduced", put("accuracy.vgg16_test.percent", 90.8), "refuted"),
    "xception_validation": (
        "not testable",
        put("xception_validation", {"right": 642, "of": 655}),
        "reproduced",
    ),
    "better": ("reproduced", put("accuracy.vgg16_test.right", 645), "refuted"),
    "testing_folder": ("reproduced", put("images.val", 656), "refuted"),
    "merged": ("not testable", put("images.total", 7000), "refuted"),
    "patients": (
        "not testable",
        put("patients", {"train": [1, 2], "val": [3], "test": [2]}),
        "refuted",
    ),
    "leak": ("reproduced", put("accuracy.xception_test.right", 637), "refuted"),
    "confusions": ("not testable", put("confusion", CONFUSION), "reproduced"),
}


def test_every_line_is_tested():
    assert list(LINES) == [check.line for check in CHECKS]


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_follows_from_the_figures(line):
    verdict, change, changed = LINES[line]

    assert find("xception_vs_vgg16", CHECKS, line).verdict == verdict
    assert find("xception_vs_vgg16", CHECKS, line, change).verdict == changed


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("classes", put("class_counts", {**CLASSES, "no_tumor": 1000})),
        ("classes", put("images.total", 3999)),
        ("xception_validation", put("xception_validation", {"right": 641, "of": 655})),
        ("confusions", put("most_confused", ["glioma", "pituitary"])),
    ],
)
def test_figures_that_say_otherwise_refute(line, change):
    def both(published):
        if line == "confusions":
            put("confusion", CONFUSION)(published)
        change(published)

    assert find("xception_vs_vgg16", CHECKS, line, both).verdict == "refuted"


def test_patients_that_lie_in_one_split_each_reproduce():
    change = put("patients", {"train": [1, 2], "val": [3], "test": [4]})

    assert find("xception_vs_vgg16", CHECKS, "patients", change).verdict == "reproduced"


def test_a_share_that_was_cut_off_is_said_to_be():
    cut = find("xception_vs_vgg16", CHECKS, "percentages")
    rounded = find("xception_vs_vgg16", CHECKS, "percentages", put("percent.val", 9.2))
    wrong = find("xception_vs_vgg16", CHECKS, "percentages", put("percent.test", 9.3))

    assert cut.evidence.endswith("; 9.157 (val) was cut off, not rounded.")
    assert rounded.verdict == "reproduced" and "cut off" not in rounded.evidence
    assert wrong.verdict == "refuted" and "9.171 (test) is not 9.3" in wrong.evidence
