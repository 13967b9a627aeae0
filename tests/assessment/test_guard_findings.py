import pytest

from brain_tumor_kedro.assessment.guard_findings import find_gaps


def spread(value: float) -> dict:
    return {"value": value, "low": None, "high": None}


def numbers(foreign: float = 1.0, area: float = 1.0, good: float = 0.0, turned: float = 0.1):
    row = {"n": 100, "auroc": spread(area), "flagged": spread(foreign)}
    return {
        "threshold": 3.0,
        "against": "test",
        "val_images": 30,
        "phantom": False,
        "families": {"foreign": row},
        "kinds": {
            "page_of_text": {**row, "family": "foreign"},
            "mri_turned_90": {**row, "family": "changed", "flagged": spread(turned)},
        },
        "good": {"val": {"n": 1, "flagged": spread(1)}, "test": {"n": 9, "flagged": spread(good)}},
        "mistakes": {"wrong": 4, "wrong_flagged": 1},
    }


def say(level: str, **changes: float) -> str:
    found = find_gaps(numbers(**changes))
    return " ".join(finding["text"] for finding in found if finding["level"] == level)


def test_a_good_guard_is_praised_for_both_sides():
    assert "100.0% are flagged" in say("good")
    assert "Of 9 test slices, 0.0% are flagged" in say("good")
    assert say("warn") == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"area": 0.98}, "AUROC against the test slices 0.9800"),
        ({"foreign": 0.5}, "page of text (50% of 100 flagged)"),
        ({"good": 0.05}, "5.0% are flagged"),
    ],
)
def test_what_is_missed_is_warned_of(changes, expected):
    assert expected in say("warn", **changes)


def test_what_the_guard_does_not_look_for_is_noted():
    assert "1 of 4 wrong answers are flagged" in say("note")
    assert "MRI turned 90 (10% flagged)" in say("note")
    assert "turned" not in say("note", turned=0.9)


def test_phantoms_are_called_so():
    found = find_gaps({**numbers(), "phantom": True})
    assert any("9 test phantom slices" in finding["text"] for finding in found)


def test_no_threshold_is_all_that_is_said():
    found = find_gaps({**numbers(), "threshold": None})
    assert [finding["level"] for finding in found] == ["warn"]
    assert "too few for a threshold" in found[0]["text"]
