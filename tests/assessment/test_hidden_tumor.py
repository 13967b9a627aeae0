import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.explanation_findings import find_hidden
from brain_tumor_kedro.assessment.hidden_tumor import (
    move_elsewhere,
    summarize_hidden,
    tabulate_hidden,
    widen,
)

CLASSES = ("LGG", "HGG")


def make_table(hidden: float, elsewhere: float = 0.9, n: int = 20) -> pd.DataFrame:
    """All predicted as HGG with 0.9; then with the two probabilities given, about."""
    table = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(n)],
            "label": [CLASSES[number % 2] for number in range(n)],
            "group_id": [f"g{number // 2}" for number in range(n)],
        }
    )
    # Not the same for all, of which nothing could be said about others; the mean is.
    spread = np.where(np.arange(n) // 2 % 2, 0.004, -0.004) * (np.arange(n) >= 4)
    found = [np.tile([1 - p, p], (n, 1)) for p in (0.9, hidden, elsewhere)]
    found[1] += np.stack([-spread, spread], axis=1)
    return tabulate_hidden(table, found)


def test_falls_and_changes_are_those_of_the_predicted_class():
    row = make_table(0.3, 0.8).iloc[0]

    assert row["fall"] == pytest.approx(0.6)
    assert row["fall_elsewhere"] == pytest.approx(0.1)
    assert (row["changed"], row["changed_elsewhere"]) == (1, 0)


def test_a_place_elsewhere_is_in_the_head_and_beside_the_tumor():
    y, x = np.mgrid[:100, :100] - 50
    images = np.repeat(((x**2 + y**2 < 45**2) * 100).astype(np.uint8)[None], 5, axis=0)
    masks = np.repeat(((x - 20) ** 2 + y**2 < 8**2)[None], 5, axis=0)

    wide = widen(masks)
    moved = move_elsewhere(images, wide, seed=0)

    assert (wide & masks).sum() == masks.sum() < wide.sum()
    assert (moved.sum(axis=(1, 2)) == wide.sum(axis=(1, 2))).all()
    assert images[moved].min() >= 0
    assert (images[moved] > 0).mean() > 0.9
    assert (moved & wide).sum() <= 0.1 * wide.sum()
    np.testing.assert_array_equal(moved, move_elsewhere(images, wide, seed=0))


def test_summary_and_findings_of_a_classifier_that_needs_the_tumor():
    rows = summarize_hidden(make_table(0.2), CLASSES, 200, 0)

    assert [row["part"] for row in rows] == ["all", "LGG", "HGG"]
    assert rows[0]["gain"] == pytest.approx(0.7)
    (found,) = find_hidden(rows)
    assert found["level"] == "good"
    assert found["text"].startswith("With the tumor hidden, 100% of 20 predictions change")


def test_a_classifier_that_does_not_need_the_tumor_is_warned_of():
    found = find_hidden(summarize_hidden(make_table(0.88), CLASSES, 200, 0))

    assert [finding["level"] for finding in found] == ["warn"] * 3
    assert found[0]["text"].endswith("The classifier does not need the tumor.")
    assert found[1]["text"].startswith("LGG: with the tumor hidden, 100% of 10 predictions stay")


def test_few_images_are_a_note():
    (found,) = find_hidden(summarize_hidden(make_table(0.88, n=6), CLASSES, 200, 0))

    assert found["level"] == "note"
