import pytest

from brain_tumor_kedro.studies.claims.vgg16_lora import CHECKS
from claimed import find, put

#: By line: the verdict, a change of what was published, and the verdict then.
LINES = {
    "train_counts": ("reproduced", put("train.glioma", 827), "refuted"),
    "test_counts": ("reproduced", put("test_total", 395), "refuted"),
    "constant_highest": ("reproduced", put("percent.highest", 29.44), "refuted"),
    "constant_lowest": ("reproduced", put("review.constant.lowest", "no_tumor"), "refuted"),
    "learned": ("refuted", put("percent.highest", 29.44), "reproduced"),
    "auroc": ("reproduced", put("auroc", 0.6), "refuted"),
    "adapter": ("reproduced", put("review.rank", 4), "refuted"),
    "adapter_share": ("reproduced", put("review.rank", 16), "refuted"),
    "grid": ("reproduced", put("grid.batch", [16, 32]), "refuted"),
    "cross_validation": ("not testable", put("fold_percents", [29.0, 29.38]), "reproduced"),
}


def test_every_line_is_tested():
    assert list(LINES) == [check.line for check in CHECKS]


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_follows_from_the_figures(line):
    verdict, change, changed = LINES[line]

    assert find("vgg16_lora", CHECKS, line).verdict == verdict
    assert find("vgg16_lora", CHECKS, line, change).verdict == changed


def test_folds_with_another_mean_refute():
    change = put("fold_percents", [25.0, 29.0])

    assert find("vgg16_lora", CHECKS, "cross_validation", change).verdict == "refuted"


def test_the_evidence_has_the_computed_figures():
    assert "= 299,008." in find("vgg16_lora", CHECKS, "adapter").evidence
    assert "is 0.250%" in find("vgg16_lora", CHECKS, "adapter_share").evidence
