import numpy as np
import pytest

from brain_tumor_kedro.app.wording import (
    list_names,
    say_guard,
    say_place,
    say_set,
    split_reasons,
)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, "There is none"),
        ("HGG", "HGG alone."),
        ("no_tumor", "No tumor alone. Such sets hold the true class of 90%"),
        ("glioma|no_tumor|pituitary", "Glioma, no tumor or pituitary: the model cannot tell"),
    ],
)
def test_a_prediction_set_is_said_in_words(held, said):
    assert say_set({"prediction_set": held}, 0.9).startswith(said)


@pytest.mark.parametrize(
    ("flag", "threshold", "said"),
    [
        (None, None, "Nobody knows (score 5.214)"),
        (True, 3.1, "Unlike the images of training (score 5.214, threshold 3.1)"),
        (False, 7.0, "Like the images of training (score 5.214, threshold 7)"),
    ],
)
def test_the_guards_verdict_is_said_in_words(flag, threshold, said):
    row = {"out_of_distribution": flag, "out_of_distribution_score": 5.2141}

    assert say_guard(row, threshold).startswith(said)


def test_a_model_without_a_guard_says_so():
    row = {"out_of_distribution": None, "out_of_distribution_score": None}

    assert say_guard(row, None).startswith("The model has no guard")


def test_reasons_are_sentences_of_their_own():
    assert split_reasons({"reason": "it is odd; 2 classes, a and b"}) == [
        "It is odd", "2 classes, a and b",
    ]  # fmt: skip
    assert split_reasons({"reason": None}) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ((0, 0), "highest at the upper left of the image"),
        ((3, 3), "highest at the center of the image"),
        ((3, 6), "highest at the right of the image"),
        ((6, 3), "highest at the bottom of the image"),
    ],
)
def test_the_highest_place_of_a_map_is_said(place, said):
    heat_map = np.zeros((7, 7), np.float32)
    heat_map[place] = 1

    assert say_place(heat_map) == said


def test_a_map_of_nothing_is_said():
    assert say_place(np.zeros((7, 7), np.float32)) == "zero everywhere"
    assert say_place(np.full((7, 7), np.nan, np.float32)) == "zero everywhere"


def test_names_are_listed_as_a_person_would():
    assert list_names(["T1CE", "T2", "FLAIR"]) == "T1CE, T2 and FLAIR"
    assert list_names(["T2"]) == "T2"
