import pandas as pd

from brain_tumor_kedro.assessment.study_errors import (
    LONGEST,
    MOST_UNFINISHED,
    first_sentence,
    group_failures,
    list_unfinished,
)


def failed(*errors, state="failed"):
    rows = [
        {"state": state, "recipe": recipe, "space.recipe": recipe, "fold": 0, "seed": 0, "error": e}
        for recipe, e in errors
    ]
    return pd.DataFrame(rows)


def missing(backbone):
    said = f"WeightsUnavailableError: Weights of {backbone} are not at hand. Put them there."
    return (f"grade_{backbone}", said)


def test_a_sentence_is_whole_and_no_more():
    assert (
        first_sentence("ValueError: 0.5 of a.b is no. Do it.\nmore")
        == "ValueError: 0.5 of a.b is no."
    )
    assert first_sentence(float("nan")) == first_sentence(" ") == "no reason given"
    assert len(first_sentence("x" * 10_000)) == LONGEST + 1


def test_errors_that_differ_in_the_model_they_name_are_one():
    cells = failed(missing("resnet50"), ("grade_vgg16", "ValueError: no"), missing("densenet201"))

    first, second = group_failures(cells)

    assert first.text == "WeightsUnavailableError: Weights of resnet50 are not at hand."
    assert (first.cells, first.recipes) == (2, ("grade_resnet50", "grade_densenet201"))
    assert not first.alike and second.alike and second.cells == 1


def test_few_cells_are_listed_one_by_one():
    rows = list_unfinished(
        pd.concat([failed(missing("a_net")), failed(missing("b_net"), state="open")])
    )

    assert [row["state"] for row in rows] == ["failed", "open"]
    assert rows[0]["point"] == "grade_a_net" and rows[1]["error"] == ""


def test_of_many_cells_the_same_error_is_listed_once():
    many = failed(*[missing("resnet50")] * MOST_UNFINISHED)
    rows = list_unfinished(pd.concat([many, failed(missing("vgg16"), state="open")]))

    assert [(row["state"], row["point"]) for row in rows] == [
        ("5 failed", "grade_resnet50"),
        ("1 open", "grade_vgg16"),
    ]
