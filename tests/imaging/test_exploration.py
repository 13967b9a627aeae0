import io

import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.imaging.exploration import plot_sizes, plot_sources, plot_splits

CLASSES = ("glioma", "meningioma", "pituitary", "no_tumor")


def image(source, label, split=None, reason=None, size=(256, 256)):
    return {
        "source": source,
        "label": label,
        "split": split,
        "status": "rejected" if reason else "kept",
        "reason": reason,
        "width": size[0],
        "height": size[1],
    }


def manifest():
    return pd.DataFrame(
        [
            image("figshare", "glioma", "train", size=(512, 512)),
            image("figshare", "glioma", "test", size=(512, 512)),
            image("figshare", "meningioma", "train", size=(512, 480)),
            image("kaggle/a", "no_tumor", "val"),
            image("kaggle/a", "glioma", reason="near_copy"),
            image("kaggle/a", None, reason="unreadable", size=(None, None)),
        ]
    )


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def test_splits_shows_the_count_of_every_class_in_every_split():
    figure = plot_splits(manifest(), CLASSES)
    axes = figure.axes[0]
    heights = [[bar.get_height() for bar in bars] for bars in axes.containers]

    assert heights == [[1, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "train, 2 (50.0%)",
        "val, 1 (25.0%)",
        "test, 1 (25.0%)",
    ]
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "no tumor"
    assert draw(figure).startswith(b"\x89PNG")


def test_sources_shows_kept_images_and_the_rejected_share():
    figure = plot_sources(manifest(), CLASSES)
    kept, rejected = figure.axes

    assert [text.get_text().strip() for text in kept.texts] == ["3", "1"]
    assert [text.get_text().strip() for text in rejected.texts] == ["0 of 3", "2 of 3"]
    widths = {bars.get_label(): [bar.get_width() for bar in bars] for bars in rejected.containers}
    assert widths == {
        "near copy": pytest.approx([0, 1 / 3]),
        "unreadable": pytest.approx([0, 1 / 3]),
    }
    draw(figure)


def test_sources_does_without_rejected_images_and_with_one_source():
    figure = plot_sources(manifest().iloc[:3], CLASSES)
    assert [text.get_text().strip() for text in figure.axes[1].texts] == ["0 of 3"]
    draw(figure)


def test_sizes_has_a_panel_per_source_and_leaves_out_what_could_not_be_read():
    figure = plot_sizes(manifest())
    titles = [axes.get_title(loc="left") for axes in figure.axes]

    assert titles == [
        "figshare\n3 images, different sizes: 2\nmost often 512 x 512 (67%)",
        "kaggle/a\n2 images, different sizes: 1\nmost often 256 x 256 (100%)",
    ]
    draw(figure)


def test_sizes_wraps_many_sources():
    many = pd.concat([manifest().assign(source=f"kaggle/{number}") for number in range(6)])
    figure = plot_sizes(many)
    assert [axes.axison for axes in figure.axes] == [True] * 6 + [False] * 2
    draw(figure)


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (lambda table: plot_splits(table, CLASSES), "no kept image has a split"),
        (lambda table: plot_sources(table, CLASSES), "no images were found"),
        (plot_sizes, "no image could be read"),
    ],
)
def test_an_empty_manifest_is_said_to_be_empty(plot, words):
    figure = plot(manifest().iloc[:0])
    assert words in texts(figure)
    draw(figure)


def test_names_that_look_like_mathematics_or_lack_letters_are_drawn_as_text():
    hostile = manifest().assign(source="kaggle/$\\frac{$_脑<b>")
    for figure in [plot_sources(hostile, CLASSES), plot_sizes(hostile)]:
        draw(figure)


def test_every_figure_carries_the_note_on_its_data_and_no_empty_one():
    for plot in [
        lambda note: plot_splits(manifest(), CLASSES, data_note=note),
        lambda note: plot_sources(manifest(), CLASSES, data_note=note),
        lambda note: plot_sizes(manifest(), data_note=note),
    ]:
        assert "phantom data" in texts(plot("phantom data"))
        assert plot("").get_supxlabel() == ""


def test_splits_has_one_more_bar_for_held_out_sources():
    more = pd.DataFrame([image("kaggle/out", "no_tumor", "external")])

    axes = plot_splits(pd.concat([manifest(), more]), CLASSES).axes[0]

    assert [bar.get_height() for bar in axes.containers[3]] == [0, 0, 0, 1]
    assert axes.get_legend().get_texts()[3].get_text() == "external, 1 (20.0%)"
