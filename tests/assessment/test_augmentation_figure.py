import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.augmentation_figure import plot_augmentation

LABELS = ("glioma", "no_tumor")


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, shape, dtype=np.uint8)


def draw(figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return Image.open(buffer).convert("RGB")


def texts(figure) -> list[str]:
    found = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return [text for text in found if text]


def test_a_row_for_each_image_and_a_column_for_each_view():
    originals, views = pixels(2, 50, 50), pixels(2, 3, 50, 50)
    figure = plot_augmentation(
        originals, views, LABELS, subtitle="recipe a$b$", data_note="Phantom"
    )
    shown = figure.axes[0].images[0].get_array()
    assert shown.shape == (2 * 52, 4 * 52)
    np.testing.assert_array_equal(shown[1:51, 1:51], originals[0])
    np.testing.assert_array_equal(shown[53:103, 157:207], views[1, 2])
    assert (shown[51:53] == 255).all()
    found = texts(figure)
    assert {"original", "view 1", "view 3", "glioma", "no tumor", "Phantom"} <= set(found)
    assert "recipe a$b$" in figure.get_suptitle()
    draw(figure)


def test_long_settings_are_wrapped_inside_the_figure():
    settings = ", ".join(["mirrored left and right"] * 9)
    figure = plot_augmentation(pixels(2, 50, 50), pixels(2, 6, 50, 50), LABELS, subtitle=settings)
    picture = np.asarray(draw(figure))
    assert figure.get_suptitle().count("\n") > 1
    assert (picture[:, -3:] == 255).all()


def test_three_channels_are_colors():
    figure = plot_augmentation(pixels(1, 50, 40, 3), pixels(1, 2, 50, 40, 3), ["HGG"])
    assert figure.axes[0].images[0].get_array().shape == (52, 3 * 42, 3)
    draw(figure)


@pytest.mark.parametrize(
    ("views", "labels"), [(pixels(2, 3, 50, 50), ["one"]), (pixels(1, 3, 50, 50), LABELS)]
)
def test_views_of_other_images_are_refused(views, labels):
    with pytest.raises(ValueError, match="views and labels of the same images"):
        plot_augmentation(pixels(2, 50, 50), views, labels)
