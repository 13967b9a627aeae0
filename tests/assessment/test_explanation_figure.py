import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assessment.test_explanation_summary import CLASSES, HITS, make_scores
from brain_tumor_kedro.assessment.explanation import describe_explanation
from brain_tumor_kedro.assessment.explanation_figure import plot_where_it_looks
from brain_tumor_kedro.assessment.explanation_sheet import order_cases, plot_sheets
from brain_tumor_kedro.assessment.explanation_summary import summarize_scores
from brain_tumor_kedro.assessment.hidden_tumor import tabulate_hidden
from brain_tumor_kedro.assessment.pages import embed_figures, render_page


@pytest.fixture
def sample() -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(8)],
            "label": ["LGG", "HGG"] * 4,
            "predicted": ["HGG", "LGG"] + ["LGG", "HGG"] * 3,
            "probability": [0.6, 0.9, 0.7, 0.8, 0.9, 0.95, 0.5, 0.6],
            "row": pd.array(range(8), dtype="Int64"),
        }
    )
    table["right"] = table["label"] == table["predicted"]
    table.attrs["fingerprint"] = "mine"
    return table


@pytest.fixture
def pictures() -> tuple:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (8, 40, 40), dtype=np.uint8)
    maps = {"gradcam": rng.random((8, 4, 4)), "occlusion": rng.normal(size=(8, 40, 40))}
    mask = np.zeros((40, 40), bool)
    mask[10:20, 10:20] = True
    return images, maps, {"i0": mask}


def render(figure) -> tuple[Image.Image, int]:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=130)
    return Image.open(buffer), buffer.tell()


def texts(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_wrong_predictions_are_shown_surest_first_and_right_ones_by_class(sample):
    assert order_cases(sample, False, 5)["image_id"].tolist() == ["i1", "i0"]
    assert order_cases(sample, True, 4)["image_id"].tolist() == ["i5", "i3", "i4", "i2"]


def test_a_sheet_shows_every_case_with_its_label_and_certainty(sample, pictures):
    right, wrong = plot_sheets(sample, *pictures, shown=12, data_note="Phantom data")

    assert len(right.axes[0].images) == 6
    assert "LGG, taken for HGG" in texts(wrong)
    assert "90%" in texts(wrong)
    picture, size = render(wrong)
    assert picture.size[0] <= 1600
    assert size < 1_000_000
    outlined = wrong.axes[0].images[1].get_array()
    assert ((outlined == (0, 229, 255)).all(axis=-1)).sum() > 100
    assert right.get_supxlabel() == "Phantom data"


def test_without_wrong_predictions_the_sheet_says_so(sample, pictures):
    images, maps, masks = pictures
    _, wrong = plot_sheets(sample.assign(right=True), images, maps, masks, shown=3)

    assert texts(wrong) == ["no such prediction"]


def test_colored_images_are_drawn_too(sample, pictures):
    images, maps, masks = pictures
    right, _ = plot_sheets(sample, np.stack([images] * 3, axis=-1), maps, masks, shown=2)

    assert right.axes[0].images[0].get_array().shape[-1] == 3


def test_the_figure_shows_every_method_for_every_class():
    figure = plot_where_it_looks(summarize_scores(make_scores(HITS), CLASSES, 200, 0), "recipe x")

    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["all\nn = 24", "HGG\nn = 24"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "Grad-CAM",
        "Occlusion",
        "Middle of the head",
        "Random map",
    ]
    assert render(figure)[0].size[0] <= 1600
    assert "n = 24" in figure.get_suptitle()


def test_the_figure_says_where_nothing_was_scored():
    assert texts(plot_where_it_looks([])) == ["no test image with an outlined tumor"]


SETTINGS = {"draws": 200, "seed": 0, "tolerance": 0.03}


def describe(sample, pictures, scores):
    rows = scores[scores["image_id"].isin(sample["image_id"])]
    outlined = sample[sample["image_id"].isin(rows["image_id"])].assign(group_id=1)
    sure, unsure = np.tile([0.1, 0.9], (len(outlined), 1)), np.full((len(outlined), 2), 0.5)
    hidden = tabulate_hidden(outlined, [sure, unsure, sure])
    forgotten = {"gradcam": {0.0: pictures[1]["gradcam"], 1.0: pictures[1]["gradcam"][::-1]}}
    return describe_explanation(
        sample, rows, hidden, pictures[1], forgotten, {"i7": "its mask is empty"}, CLASSES, SETTINGS
    )


def test_the_section_shows_what_was_found(sample, pictures):
    theme = describe(sample, pictures, make_scores(HITS, groups=3))
    figures = {
        "where_it_looks": (plot_where_it_looks(theme["scores"]), "Where it looks."),
        **dict.fromkeys(
            ("explanations_right", "explanations_wrong"),
            (plot_sheets(sample, *pictures, shown=2)[0], "A sheet."),
        ),
    }
    embedded = {figure["name"]: figure for figure in embed_figures(figures)}

    page = render_page("explanation.html.j2", explanation=theme, figures=embedded)

    assert (theme["n"], theme["n_wrong"], theme["n_scored"]) == (8, 2, 6)
    assert theme["left_out"] == {
        "the source publishes no tumor outlines": 1,
        "its mask is empty": 1,
    }
    assert page.count("<img") == 3
    assert page.count("<caption>") == page.count("<table") == 3
    assert "50.0%" in page
    assert "1, its mask is empty" in page
    assert "none, the head alone" in page


def test_the_section_is_whole_without_masks(sample, pictures):
    theme = describe(sample, pictures, make_scores(HITS).iloc[:0])

    page = render_page("explanation.html.j2", explanation=theme, figures={})

    assert theme["scores"] == []
    assert theme["left_out"]["the source publishes no tumor outlines"] == 7
    assert "pointing game" not in page
    assert page.count("<table") == 1
