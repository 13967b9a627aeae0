import pytest

from brain_tumor_kedro.assessment.guard_findings import find_gaps

LEFT_OUT = {"groups": None, "sources": []}


def spread(value: float, high: float | None = None) -> dict:
    return {"value": value, "low": None if high is None else 0.0, "high": high}


def numbers(
    foreign: float = 1.0,
    area: float = 1.0,
    good: float = 0.0,
    high: float | None = 0.01,
    turned: float = 0.1,
    noise: float = 0.0,
    faked: float = 1.0,
):
    row = {"n": 100, "groups": 9, "auroc": spread(area), "flagged": spread(foreign)}
    return {
        "threshold": 3.0,
        "against": "test",
        "val_images": 30,
        "phantom": False,
        "left_out": LEFT_OUT,
        "families": {"foreign": row},
        "kinds": {
            "page_of_text": {**row, "family": "foreign"},
            "mri_turned_90": {**row, "family": "changed", "flagged": spread(turned)},
            "mri_noise": {**row, "family": "harmless", "flagged": spread(noise)},
            "fake": {**row, "family": "deceiving", "flagged": spread(faked)},
        },
        "good": {
            "val": {"n": 1, "groups": 1, "flagged": spread(1)},
            "test": {"n": 9, "groups": 4, "flagged": spread(good, high)},
        },
        "mistakes": {"wrong": 4, "wrong_flagged": 1},
    }


def say(level: str, **changes: float) -> str:
    found = find_gaps(numbers(**changes))
    return " ".join(finding["text"] for finding in found if finding["level"] == level)


def test_a_good_guard_is_praised_for_both_sides():
    assert "100.0% are flagged" in say("good")
    assert "Of 9 test slices 0.0% (0.0% to 1.0%) are flagged." in say("good")
    assert say("warn") == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"area": 0.98}, "AUROC against the test slices 0.9800"),
        ({"foreign": 0.5}, "page of text (50% of 100 flagged)"),
        ({"good": 0.05}, "5.0% (0.0% to 1.0%) are flagged"),
        ({"noise": 0.5}, "changed without harm are flagged: MRI noise (50% of 100 flagged)"),
        ({"faked": 0.3}, "look like a head can pass: fake (30% of 100 flagged)"),
    ],
)
def test_what_is_missed_is_warned_of(changes, expected):
    assert expected in say("warn", **changes)


def test_what_the_guard_does_not_look_for_is_noted():
    assert "1 of 4 wrong answers are flagged" in say("note")
    assert "MRI turned 90 (10% of 100 flagged)" in say("note")
    assert "turned" not in say("note", turned=0.9)


@pytest.mark.parametrize("high", [None, 0.3])
def test_few_groups_are_no_praise(high):
    assert "Of 9 test slices" not in say("good", high=high)
    assert "4 groups, too few to rule out more than 2%" in say("note", high=high)


def test_real_images_of_other_parts_of_the_body_are_spoken_of():
    assert "Real MRI of other parts of the body can pass" in say("note")


def test_warnings_come_first_and_within_them_the_weakest():
    found = numbers(foreign=0.5, noise=0.9)
    kinds = found["kinds"]
    kinds["gradient"] = {**kinds["page_of_text"], "flagged": spread(0.2)}
    texts = find_gaps(found)
    levels = [finding["level"] for finding in texts]
    assert levels == sorted(levels, key=["warn", "note", "good"].index)
    assert any("gradient (20% of 100 flagged), page of text" in text["text"] for text in texts)


def test_what_it_was_not_fitted_on_is_spoken_of_by_group_and_by_source():
    row = {"n": 1000, "groups": 90}
    sources = [
        {**row, "shown": "b", "alone": None, "flagged": spread(0.03)},
        {**row, "shown": None, "alone": "a", "flagged": spread(0.9)},
    ]
    groups = {**row, "flagged": spread(0.01, 0.015), "folds": [0.0, 0.03]}
    found = find_gaps({**numbers(), "left_out": {"groups": groups, "sources": sources}})
    assert "90% of 1,000 slices of other sources, fitted on a alone; 3% of" in found[0]["text"]
    assert found[-1]["level"] == "good"
    assert "(0.0% to 3.0% in 2 parts), 1.0% (0.0% to 1.5%) are flagged" in found[-1]["text"]


def test_phantoms_are_called_so():
    found = find_gaps({**numbers(), "phantom": True})
    assert any("9 test phantom slices" in finding["text"] for finding in found)


def test_no_threshold_is_all_that_is_said():
    found = find_gaps({**numbers(), "threshold": None})
    assert [finding["level"] for finding in found] == ["warn"]
    assert "too few for a threshold" in found[0]["text"]
