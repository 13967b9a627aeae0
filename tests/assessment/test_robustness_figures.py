import io

import numpy as np
import pandas as pd
from PIL import Image

from brain_tumor_kedro.assessment.robustness_figures import (
    plot_corruption_examples,
    plot_corruptions,
)

NAMES = [f"kind_{number}" for number in range(11)]


def table() -> pd.DataFrame:
    rows = [("clean", 0), *((name, severity) for name in NAMES for severity in range(1, 6))]
    return pd.DataFrame(
        [
            {"corruption": name, "severity": severity, "label": label, "n": n,
             "accuracy": 1 - severity / 9, "low": None if severity == 3 else 0.1, "high": 1.0}
            for name, severity in rows
            for label, n in (("all", 12), ("a", 8), ("b", 4))
        ]
    )  # fmt: skip


def test_every_corruption_has_a_panel_and_every_class_a_line():
    figure = plot_corruptions(table(), ("a", "b", "unseen"), "recipe x", "Phantom data")

    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [name.replace("_", " ") for name in NAMES] + [""]
    assert {len(axes.lines) for axes in figure.axes[:11]} == {3}
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0, 1, 2, 3, 4, 5]
    words = [text.get_text() for text in figure.axes[11].get_legend().get_texts()]
    assert words == ["a (n = 8)", "b (n = 4)", "mean of the classes"]
    assert "n = 12" in figure.get_suptitle()
    figure.savefig(io.BytesIO())


def test_few_corruptions_are_drawn_as_well():
    few = table()[lambda rows: rows["corruption"].isin(["clean", "kind_0"])]
    plot_corruptions(few, ("a",)).savefig(io.BytesIO())


def test_the_sheet_shows_every_severity_and_is_no_wider_than_a_page():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    rgb = np.stack([image] * 3, axis=-1)
    figure = plot_corruption_examples(
        {name: [image if name != "kind_1" else rgb] * 6 for name in NAMES}, "Phantom data"
    )

    assert len(figure.axes[0].images) == 66
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"clean", "severity 5", "kind 10", "Phantom data"} <= set(words)
    file = io.BytesIO()
    figure.savefig(file, dpi=130)
    assert Image.open(file).width <= 1600
