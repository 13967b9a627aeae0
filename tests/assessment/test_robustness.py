import json

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.robustness import RobustnessSettings, score_corruptions

CLASSES = ("a", "b", "unseen")
SETTINGS = RobustnessSettings(images=40, draws=200)


def corrupted(shares: dict[str, list[float]], n: int = 40, clean: float = 1.0) -> pd.DataFrame:
    """Right in a share of the images of either class, at each severity."""
    conditions = [("clean", 0, clean)]
    for name, row in shares.items():
        conditions += [(name, severity, share) for severity, share in enumerate(row, 1)]
    rows = [
        {
            "image_id": f"{label}{number}",
            "corruption": name,
            "severity": severity,
            "label": label,
            "predicted": label if number < share * n / 2 else "unseen",
        }
        for name, severity, share in conditions
        for label in "ab"
        for number in range(n // 2)
    ]
    return pd.DataFrame(rows)


def groups(table: pd.DataFrame) -> pd.Series:
    ids = table["image_id"].unique()
    return pd.Series([f"g{number % 10}" for number in range(len(ids))], index=ids)


def test_accuracy_by_corruption_severity_and_class():
    table = corrupted({"noise": [0.9, 0.5], "blur": [1.0, 0.9]})
    # The classes need not be alike.
    wrong = (table["corruption"] == "noise") & (table["label"] == "b")
    table.loc[wrong, "predicted"] = "a"

    report, numbers = score_corruptions(table, groups(table), CLASSES, SETTINGS)

    chosen = report.set_index(["corruption", "severity", "label"])
    assert chosen.loc[("noise", 2, "a"), "accuracy"] == 0.5
    assert chosen.loc[("noise", 2, "b"), "accuracy"] == 0.0
    assert chosen.loc[("noise", 2, "all"), ["n", "accuracy", "loss"]].tolist() == [40, 0.25, 0.75]
    assert chosen.loc[("clean", 0, "all"), "loss"] == 0
    assert numbers["corruptions"]["noise"]["accuracy"] == [0.45, 0.25]
    assert numbers["corruptions"]["noise"]["classes"]["b"] == [0, 0]
    assert numbers["per_class"] == {"a": 20, "b": 20}
    bounded = report.dropna(subset="low")
    assert (bounded["low"] <= bounded["accuracy"]).all()
    assert (bounded["accuracy"] <= bounded["high"]).all()
    assert json.loads(json.dumps(numbers)) == numbers


def test_mean_corruption_error_is_over_corruptions_and_severities():
    table = corrupted({"noise": [0.9, 0.5], "blur": [1.0, 0.8]}, clean=0.9)
    _, numbers = score_corruptions(table, groups(table), CLASSES, SETTINGS)

    assert numbers["mean_error"]["value"] == pytest.approx(np.mean([0.1, 0.5, 0, 0.2]))
    assert numbers["relative_error"]["value"] == pytest.approx(np.mean([0.1, 0.5, 0, 0.2]) - 0.1)
    assert numbers["corruptions"]["blur"]["relative_error"]["value"] == pytest.approx(0)
    assert numbers["mean_error"]["low"] < 0.2 < numbers["mean_error"]["high"]


def test_one_group_gives_numbers_without_intervals():
    table = corrupted({"noise": [0.5]})
    one = pd.Series("g", index=table["image_id"].unique())
    report, numbers = score_corruptions(table, one, CLASSES, SETTINGS)

    assert report["low"].isna().all()
    assert numbers["clean"] == {"accuracy": 1.0, "low": None, "high": None}
    assert json.dumps(numbers, allow_nan=False)


def test_missing_predictions_are_refused():
    table = corrupted({"noise": [0.5]})
    with pytest.raises(ValueError, match="some are missing"):
        score_corruptions(table.iloc[:-1], groups(table), CLASSES, SETTINGS)
    with pytest.raises(ValueError, match="received none"):
        score_corruptions(table.iloc[:0], groups(table), CLASSES, SETTINGS)


@pytest.mark.parametrize("wrong", [{"images": 0}, {"draws": 5}, {"noise": 1}])
def test_settings_are_checked(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RobustnessSettings(**wrong)
