import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.error_sheets import (
    Album,
    plot_gallery,
    plot_label_issues,
    plot_near_neighbors,
)
from brain_tumor_kedro.assessment.plots import COLORS

CLASSES = ("LGG", "HGG")


@pytest.fixture
def album() -> Album:
    ids = [f"brats/case {number}" for number in range(4)]
    manifest = pd.DataFrame({"image_id": ids, "row": pd.array([3, 2, 1, 0], dtype="Int64")})
    images = np.arange(4, dtype=np.uint8)[:, None, None] * np.full((1, 20, 20), 60, np.uint8)
    return Album(images, manifest, CLASSES)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_tile_shows_its_own_image_in_the_color_of_its_label(album) -> None:
    tile = album.tile("brats/case 0", "HGG", "words")
    assert (tile.pixels == 180).all()
    assert tile.color == COLORS[1]
    assert tile.lines == ("HGG", "words")


def test_the_gallery_has_a_row_for_every_mistake(album) -> None:
    row = {
        "mistake": 1, "image_id": "brats/case 0", "source": "brats", "label": "LGG",
        "predicted": "HGG", "probability": 0.98, "p_label": 0.02, "place": 1,
        "neighbor": "brats/case 1", "neighbor_label": "HGG", "neighbor_source": "other",
        "same_source": False, "similarity": 0.71, "correlation": 0.1, "suspicious": False,
    }  # fmt: skip
    near = {"place": 2, "neighbor": "brats/case 2", "same_source": True, "suspicious": True}
    said = texts(plot_gallery(pd.DataFrame([row, row | near]), album, 5))
    assert "1. LGG taken for HGG, probability 0.98, of its label 0.02" in said
    assert "alike 0.71" in said
    assert "0.71, same head?" in said
    assert {"other", "same source", "case 0"} <= set(said)


def test_the_sheet_of_labels_shows_what_both_judges_dispute(album) -> None:
    row = {
        "rank": 1, "image_id": "brats/case 3", "source": "brats", "split": "test", "label": "LGG",
        "suggested": "HGG", "quality": 0.04, "disputed": True,
    }  # fmt: skip
    other = {"rank": 2, "image_id": "brats/case 2", "disputed": False}
    figure = plot_label_issues(pd.DataFrame([row, row | other]), album, 24)
    assert texts(figure) == ["LGG", "or HGG?", "1. test, 0.04", "brats", "case 3"]
    assert "1 of 1" in figure.get_suptitle()


def test_pairs_stand_side_by_side_and_the_suspicious_ones_say_so(album) -> None:
    row = {
        "image_id": "brats/case 0", "split": "test", "label": "LGG", "source": "brats",
        "neighbor": "brats/case 1", "neighbor_label": "HGG", "neighbor_source": "brats",
        "correlation": 0.9, "suspicious": True,
    }  # fmt: skip
    said = texts(plot_near_neighbors(pd.DataFrame([row, row | {"suspicious": False}]), album, 12))
    assert said.count("test, 0.90") == 2
    assert said.count("train, same head?") == said.count("train") == 1
