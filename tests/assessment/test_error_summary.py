import pytest

from brain_tumor_kedro.assessment.error_summary import say_bounds

BOUNDS = {
    "as_published": 0.9,
    "disputed": 2,
    "without_disputed": 18 / 18,
    "agreed_but_doubted": 1,
    "if_those_are_wrong": 17 / 20,
}


def test_wrong_labels_are_weighed_in_both_directions() -> None:
    said = say_bounds(BOUNDS, 20)
    assert said.startswith("2 of 20 test labels are disputed")
    assert "100.0% at most, instead of 90.0%" in said
    assert "doubts 1 labels that the classifier agrees with" in said
    assert "85.0%" in said
    assert said.endswith("Nobody has looked at these labels for this report.")


@pytest.mark.parametrize(
    ("changed", "left_out"),
    [
        ({"disputed": 0}, "at most"),
        ({"agreed_but_doubted": 0}, "On the other side"),
        ({"without_disputed": None}, "at most"),
    ],
)
def test_a_direction_in_which_there_is_nothing_is_left_out(changed, left_out) -> None:
    assert left_out in say_bounds(BOUNDS, 20)
    assert left_out not in say_bounds(BOUNDS | changed, 20)


def test_without_any_doubt_nobody_has_to_look() -> None:
    said = say_bounds(BOUNDS | {"disputed": 0, "agreed_but_doubted": 0}, 20)
    assert said == (
        "0 of 20 test labels are disputed by the classifier and by an independent probe."
    )
