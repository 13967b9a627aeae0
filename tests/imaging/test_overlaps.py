import io

import pandas as pd
import pytest

from brain_tumor_kedro.imaging.overlaps import count_overlaps, plot_overlaps
from builders import make_manifest, make_pairs, make_row

SET = {"source": "kaggle/set"}


@pytest.fixture
def collection():
    """Three slices: one everywhere, one twice in the set, one in Figshare alone, and no slice."""
    manifest = make_manifest(
        make_row("f/1", source="figshare"),
        make_row("f/2", source="figshare"),
        make_row("s/1", published_split="train", reason="near_copy", copy_of="f/1", **SET),
        make_row("s/2", published_split="train", **SET),
        make_row("s/3", published_split="test", reason="exact_copy", copy_of="s/2", **SET),
        make_row("s/4", published_split="test", reason="unreadable", **SET),
    )
    return manifest, make_pairs(("f/1", "s/1", "near_copy"), ("s/2", "s/3", "exact_copy"))


def words(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_sources_and_published_folders_share_distinct_slices(collection):
    counts = count_overlaps(*collection)

    assert counts.index.tolist() == ["figshare", "kaggle/set (test)", "kaggle/set (train)"]
    assert counts.to_numpy().tolist() == [[2, 0, 1], [0, 1, 1], [1, 1, 2]]


def test_an_image_outside_the_published_folders_has_a_part_of_its_own():
    manifest = make_manifest(make_row("a", published_split="test"), make_row("b"))
    counts = count_overlaps(manifest, make_pairs(("a", "b", "near_copy")))

    assert counts.index.tolist() == ["kaggle/set (other)", "kaggle/set (test)"]
    assert counts.to_numpy().tolist() == [[1, 1], [1, 1]]


def test_too_many_parts_are_taken_together_and_small_sources_left_out(collection):
    whole = count_overlaps(*collection, most_rows=2)
    largest = count_overlaps(*collection, most_rows=1)

    assert whole.index.tolist() == ["figshare", "kaggle/set"]
    assert whole.to_numpy().tolist() == [[2, 1], [1, 2]]
    assert (len(largest), largest.attrs["left_out"]) == (1, 1)
    assert "1 smaller sources are left out" in plot_overlaps(largest).axes[0].get_xlabel()


def test_the_heat_map_says_counts_and_shares_of_the_row(collection):
    figure = plot_overlaps(count_overlaps(*collection), data_note="phantom data")

    assert {"2\nslices", "1\n50.0%", "1\n100.0%", "0"} <= set(words(figure))
    # The colors are the shares of the rows: half of Figshare lies in Training.
    assert figure.axes[0].collections[0].get_array()[0, 2] == 0.5
    assert figure.get_supxlabel() == "phantom data"
    figure.savefig(io.BytesIO(), format="png", dpi=40)


def test_a_long_name_is_shortened_and_stays_plain():
    name = f"kaggle/{'x' * 40}_$end$"
    counts = pd.DataFrame([[1]], index=[name], columns=[name])
    (label,) = plot_overlaps(counts).axes[0].get_yticklabels()

    assert label.get_text().startswith("...xxx")
    assert label.get_text().endswith(r"\$end\$")


def test_without_slices_the_figure_says_so():
    manifest = make_manifest(make_row("a", reason="empty"))
    figure = plot_overlaps(count_overlaps(manifest, make_pairs()))

    assert words(figure) == ["no slices were found"]
