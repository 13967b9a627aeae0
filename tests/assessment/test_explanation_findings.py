import re

import pytest

from assessment.test_explanation_summary import CLASSES, HITS, make_scores
from brain_tumor_kedro.assessment.explanation_findings import find_explanations
from brain_tumor_kedro.assessment.explanation_summary import summarize_scores


def find(hits, groups=30, forgetting=(), left_out=None):
    scores = summarize_scores(make_scores(hits, groups), CLASSES, 500, 0)
    return find_explanations(scores, forgetting, 2 * groups, left_out or {})


def test_a_classifier_that_looks_at_the_tumor_is_good():
    gradcam, occlusion = find(HITS)

    assert gradcam["level"] == occlusion["level"] == "good"
    assert re.fullmatch(
        "On 60 test images with an outlined tumor, 15 of them predicted wrong and chosen for that, "
        r"the strongest point of Grad-CAM lies on the tumor in 75% \(95% interval [56]\d% to "
        r"[89]\d%\); the middle of the head would in 25%\.",
        gradcam["text"],
    )
    assert "occlusion lies on the tumor in 50%" in occlusion["text"]


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_no_better_than_the_middle_of_the_head_is_a_warning(share):
    found = find(HITS | {"gradcam": share, "occlusion": share})

    assert [finding["level"] for finding in found] == ["warn"] * 3
    assert "something else than the tumor" in found[0]["text"]
    assert found[2]["text"].startswith("HGG, 60 images: the tumor is pointed at by Grad-CAM in")


def test_where_the_middle_of_the_head_nearly_always_hits_little_can_be_said():
    *_, of_the_class = find({"gradcam": 0.8, "occlusion": 0.7, "center": 0.9, "random": 0.0})

    assert of_the_class["level"] == "note"
    assert "the comparison says little" in of_the_class["text"]


def test_better_than_the_middle_of_the_head_is_not_enough():
    gradcam, _ = find({"gradcam": 0.4, "occlusion": 0.6, "center": 0.0, "random": 0.0})

    assert gradcam["level"] == "note"
    assert "not in most images" in gradcam["text"]


def test_what_may_be_chance_is_a_note():
    few = find(HITS, groups=4)
    close = find(HITS | {"gradcam": 0.3}, groups=10)

    assert {finding["level"] for finding in few} == {"note"}
    assert "too few" in few[0]["text"]
    assert close[0]["level"] == "note"
    assert close[0]["text"].endswith("The difference may be chance.")


def test_outlines_that_cannot_be_read_are_a_warning_that_says_what_to_do():
    (found,) = find_explanations([], [], 9, {"the file is not there": 9})
    assert found["level"] == "warn"
    assert "9 images have an outlined tumor, but their files are not in raw_dir" in found["text"]


def test_without_masks_or_images_it_is_said():
    (unscored,) = find_explanations([], [], 9, {"the source publishes no tumor outlines": 9})
    (nothing,) = find_explanations([], [], 0, {})

    assert unscored["level"] == nothing["level"] == "note"
    assert unscored["text"].endswith("outlines: the source publishes no tumor outlines (9).")
    assert "no test images" in nothing["text"]


@pytest.mark.parametrize(("passed", "level"), [(True, "good"), (False, "warn")])
def test_maps_that_do_not_forget_are_a_warning(passed, level):
    step = {"method": "occlusion", "share": 1.0, "n": 8, "correlation": 0.93, "passed": passed}
    first = {**step, "share": 0.0, "passed": None}

    *_, found = find(HITS, forgetting=[first, step])

    assert found["level"] == level
    assert "rank correlation 0.93, 8 images" in found["text"]
