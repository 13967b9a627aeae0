import numpy as np

from brain_tumor_kedro.app.fragments import (
    write_facts,
    write_headline,
    write_neighbors,
    write_probabilities,
)
from brain_tumor_kedro.app.training_images import Neighbor
from web_page import Page

ROW = {
    "label": "no_tumor", "p_no_tumor": 0.9, "p_glioma": 0.1, "needs_review": False,
    "quality": "good", "out_of_distribution": False,
}  # fmt: skip


def test_probabilities_are_a_table_with_the_most_probable_class_first():
    page = Page(write_probabilities(ROW, ("glioma", "no_tumor"), calibrated=True))

    assert page.open == []
    assert "Calibrated on validation images" in page.text
    assert page.text.index("no tumor 90.0%") < page.text.index("glioma 10.0%")
    assert [tag["scope"] for tag in page.find("th")] == ["col", "col", "row", "row"]
    assert {tag.get("aria-hidden") for tag in page.find("span") if tag["class"] == "track"} == {
        "true"
    }


def test_probabilities_without_a_temperature_are_not_called_calibrated():
    page = Page(write_probabilities(ROW, ("glioma", "no_tumor"), calibrated=False))

    assert page.text.strip().startswith("Not calibrated: ")


def test_what_needs_a_review_does_not_stand_out():
    foreign = {**ROW, "needs_review": True, "out_of_distribution": True}
    unsure = Page(write_headline({**ROW, "needs_review": True}))
    good, poor = (Page(write_headline(row)) for row in (ROW, foreign))

    assert good.text.split() == ["No", "tumor", ",", "with", "a", "probability", "of", "90.0%"]
    assert good.find("strong")
    assert poor.text.strip().startswith("Not to be relied on: the model says no tumor")
    assert unsure.text.strip().startswith("To be reviewed: the model says no tumor")
    assert not poor.find("strong")
    assert not unsure.find("strong")
    assert good.find("p")[0]["role"] == "status"


def test_facts_are_escaped():
    page = Page(write_facts("Model", [("Recipe", "<script>alert(1)</script>")]))

    assert page.find("script") == []
    assert "alert(1)" in page.text


def test_neighbors_are_figures_with_texts_for_those_who_do_not_see_them():
    image = np.zeros((8, 8), np.uint8)
    near = [
        Neighbor("kaggle/a/1.png", 0.1, "kaggle/a", "no_tumor", image),
        Neighbor("kaggle/a/2.png", 0.2),
    ]

    page = Page(write_neighbors(near, phantom=True))

    (picture,) = page.find("img")
    assert picture["alt"] == "Generated phantom of no tumor from kaggle/a"
    assert picture["src"].startswith("data:image/png;base64,")
    assert len(page.find("li")) == 2
    assert "kaggle/a/2.png, distance 0.2" in page.text
