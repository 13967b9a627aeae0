import pytest

from brain_tumor_kedro.studies.claims.imagenet_vs_radimagenet import CHECKS
from claimed import all_of, find, put


def another_backbone(weights: str, accuracy: float):
    model = {"backbone": "DenseNet121", "weights": weights, "accuracy": accuracy, "auc": 90}
    return lambda published: published.facts["models"].append({"model": "added", **model})


SURE = [{"label": name, "p": {"a": float(name == "a"), "b": float(name == "b")}} for name in "aabb"]

#: By line: the verdict, a change of what was published, and the verdict then.
LINES = {
    "classes": ("reproduced", put("collections.nickparvar.test.glioma", 301), "refuted"),
    "total": ("reproduced", put("total", 10288), "refuted"),
    "order": ("reproduced", put("models.1.accuracy", 90), "refuted"),
    "weights": ("not testable", another_backbone("ImageNet", 91), "reproduced"),
    "test_sets": (
        "not testable",
        all_of(put("decimals", 2), put("models.0.accuracy", 93.01)),
        "refuted",
    ),
    "auc": (
        "not testable",
        all_of(put("probabilities", SURE), put("models.0.auc", 100.0)),
        "reproduced",
    ),
    "second_collection": ("not testable", put("epoch", {"steps": 143, "batch": 32}), "refuted"),
}


def test_every_line_is_tested():
    assert list(LINES) == [check.line for check in CHECKS]


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_follows_from_the_figures(line):
    verdict, change, changed = LINES[line]

    assert find("imagenet_vs_radimagenet", CHECKS, line).verdict == verdict
    assert find("imagenet_vs_radimagenet", CHECKS, line, change).verdict == changed


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("weights", another_backbone("ImageNet", 60)),
        ("auc", put("probabilities", SURE)),
    ],
)
def test_figures_that_say_otherwise_refute(line, change):
    assert find("imagenet_vs_radimagenet", CHECKS, line, change).verdict == "refuted"


def test_an_epoch_over_both_folders_reproduces():
    change = put("epoch", {"steps": 215, "batch": 32})

    finding = find("imagenet_vs_radimagenet", CHECKS, "second_collection", change)

    assert finding.verdict == "reproduced"
