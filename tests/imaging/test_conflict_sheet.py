import io

import pandas as pd
import pytest

from brain_tumor_kedro.imaging.conflict_sheet import PICTURES, SETS, plot_conflicts
from brain_tumor_kedro.imaging.conflicts import CONFLICT_COLUMNS
from builders import draw, write_file


@pytest.fixture
def files(tmp_path):
    return [write_file(tmp_path / str(n), draw(n), image_id=f"kaggle/set/{n}") for n in range(8)]


def row(number: int, conflict: int = 1, **fields) -> dict:
    return {
        "conflict": conflict,
        "image_id": f"kaggle/set/{number}",
        "source": "kaggle/set",
        "label": "no_tumor",
        "trusted": False,
        "verdict": "label_conflict",
        "decision": "kept as no_tumor: the label of figshare is trusted",
    } | fields


def words(figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_copy_stands_with_label_source_and_verdict(files):
    table = pd.DataFrame(
        [
            row(0, verdict="kept", trusted=True),
            row(1, verdict="near_copy"),
            row(2, label="glioma"),
        ]
    )
    figure = plot_conflicts(table, files, data_note="phantom data")
    said = words(figure)

    assert "Conflict 1: kept as no tumor: the label of figshare is trusted" in said
    assert {"kept, trusted", "near copy, label agrees", "rejected: label"} <= set(said)
    assert {"no tumor", "glioma", "kaggle/set", "0", "phantom data"} <= set(said)
    assert len(figure.axes[0].images) == 3
    figure.savefig(io.BytesIO(), format="png", dpi=40)


def test_sets_and_images_that_are_left_out_are_said(files):
    sets = [row(n % 8, conflict) for conflict in range(1, SETS + 3) for n in range(2)]
    wide = [row(n, 0) for n in range(8)]
    figure = plot_conflicts(pd.DataFrame([*wide, *sets]), files)

    assert len(figure.axes[0].images) == PICTURES + 2 * (SETS - 1)
    assert any(text.endswith("(not shown: 2)") for text in words(figure))
    assert any(text.startswith("3 more sets are left out") for text in words(figure))


def test_no_conflicts_are_said_to_be_none():
    figure = plot_conflicts(pd.DataFrame(columns=CONFLICT_COLUMNS), [])
    assert words(figure) == ["no label conflicts found"]
