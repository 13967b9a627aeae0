import pandas as pd

from brain_tumor_kedro.assessment.facts import describe_headline, name_weights
from run_facts import make_facts


def test_the_headline_has_the_test_splits_intervals():
    said = make_facts()["headline"]
    assert said == (
        "Accuracy 0.750 (95% interval 0.500 to 1.000) and macro F1 0.700 (95% interval 0.400 to "
        "0.900) on 4 test images."
    )


def test_a_headline_says_where_there_is_no_interval():
    rows = [("test", "all", "accuracy", 3, 1.0, None, None)]
    columns = ["split", "label", "metric", "n", "value", "low", "high"]
    said = describe_headline(pd.DataFrame(rows, columns=columns).astype({"low": float}))
    assert said == "Accuracy 1.000 (no interval can be given) on 3 test images."


def test_without_scores_there_is_no_headline():
    empty = pd.DataFrame(columns=["split", "label", "metric", "n", "value", "low", "high"])
    assert describe_headline(empty) == ""


def test_weights_are_named_without_the_folder_they_lay_in():
    assert name_weights("/home/me/secret/cnn.weights.h5") == "cnn.weights.h5"
    assert name_weights("imagenet") == "imagenet"
    assert name_weights("none") == name_weights(None) == "none, from scratch"


def test_warnings_are_said_first():
    facts = make_facts()
    assert [row["text"] for row in facts["findings_list"]] == ["Noise breaks it.", "Two mistakes."]
    assert facts["warnings"] == "Noise breaks it."
    assert facts["themes"] == {"robustness": "Noise breaks it.", "errors": "Two mistakes."}
    assert facts["sizes"] == {"train": 11, "test": 4}
