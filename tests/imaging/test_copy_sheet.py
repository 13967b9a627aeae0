import io

import numpy as np
import pytest

from brain_tumor_kedro.imaging.copy_examples import CopyExample, CopyGroup
from brain_tumor_kedro.imaging.copy_sheet import plot_copies


def example(**changes) -> CopyExample:
    pixels = np.zeros((4, 6), dtype=np.uint8)
    made = CopyExample(
        "figshare/1.mat", "kaggle/set/a.jpg", "typical", "near_copy", 0.98765, "", pixels, pixels
    )
    return made._replace(**changes)


def group(*examples: CopyExample, **changes) -> CopyGroup:
    return CopyGroup("figshare", "kaggle/set", 1234, list(examples))._replace(**changes)


def words(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_line_names_the_sources_and_the_images_without_them():
    figure = plot_copies([group(example(), example())], data_note="phantom data")

    assert "1,234 images of kaggle/set are copies of figshare" in words(figure)
    assert words(figure).count("kept: 1.mat") == words(figure).count("copy: a.jpg") == 2
    assert "phantom data" in words(figure)
    assert len(figure.axes[0].images) == 4
    figure.savefig(io.BytesIO(), format="png", dpi=40)


def test_copies_within_a_source_are_said_to_be():
    figure = plot_copies([group(kept_source="kaggle/set")])
    assert "1,234 copies within kaggle/set" in words(figure)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "typical: near copy, 0.988"),
        ({"view": "upright"}, "typical: near copy, 0.988"),
        ({"view": "mirrored_turned_90"}, "typical: near copy, mirrored turned 90, 0.988"),
        ({"similarity": float("nan"), "choice": "least alike"}, "least alike: near copy"),
    ],
)
def test_an_example_says_how_the_copy_differs(changes, said):
    assert said in words(plot_copies([group(example(**changes))]))


def test_what_is_left_out_is_said():
    assert any("3 more pairs of sources" in text for text in words(plot_copies([group()], 3)))
    assert not any("more" in text for text in words(plot_copies([group()])))


def test_no_copies_are_said_to_be_none():
    figure = plot_copies([], data_note="phantom data")

    assert words(figure) == ["no copies found"]
    assert figure.get_supxlabel() == "phantom data"
