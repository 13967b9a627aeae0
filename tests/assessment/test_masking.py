import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.masking import score_masked

CLASSES = ("a", "b")


def masked(n: int = 30) -> pd.DataFrame:
    """Right as it is; always `a` without the head."""
    rows = []
    for masking in ("whole", "head_removed", "background_removed"):
        for number in range(n):
            label = CLASSES[number % 3 == 0]
            said = "a" if masking == "head_removed" else label
            rows.append((f"i{number}", masking, label, said))
    return pd.DataFrame(rows, columns=["image_id", "masking", "label", "predicted"])


def score(table: pd.DataFrame, **shares: float) -> dict:
    ids = table["image_id"].unique()
    groups = pd.Series(ids, index=ids)
    return score_masked(table, groups, shares, CLASSES, draws=200, seed=0)


def test_always_the_same_answer_is_guessing():
    found = score(masked(), a=0.9, b=0.1)

    blind = found["scores"]["head_removed"]
    assert blind["balanced"]["value"] == 0.5 == found["chance"]
    assert (blind["balanced"]["low"], blind["balanced"]["high"]) == (None, None)
    assert blind["accuracy"]["value"] == pytest.approx(0.9) == found["majority"]
    assert blind["commonest"] == {"label": "a", "share": 1.0}
    whole = found["scores"]["whole"]["balanced"]
    assert (whole["value"], whole["high"]) == (1.0, 1.0)
    assert 0.7 < whole["low"] < 1  # all right of few groups is not all right of all
    assert list(found["scores"]) == ["whole", "head_removed", "background_removed"]


def test_a_class_alone_is_scored():
    table = masked()[lambda rows: rows["label"] == "a"]
    found = score(table, a=1.0, b=0.0)
    assert found["chance"] == 1.0
    assert np.isfinite(found["scores"]["head_removed"]["balanced"]["low"])
