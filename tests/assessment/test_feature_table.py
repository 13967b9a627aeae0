import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.feature_table import tabulate_features, take_features


def test_features_come_back_in_the_order_asked_for(tmp_path) -> None:
    features = np.arange(36, dtype=np.float32).reshape(3, 12)
    tabulate_features(["a", "b", "c"], features).to_parquet(tmp_path / "features.parquet")
    table = pd.read_parquet(tmp_path / "features.parquet")
    assert list(table.columns[:3]) == ["image_id", "f0", "f1"]
    np.testing.assert_array_equal(take_features(table, ["c", "a"]), features[[2, 0]])


def test_an_image_without_features_is_named() -> None:
    table = tabulate_features(["a"], np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"none of b and 1 more.*--pipelines training"):
        take_features(table, ["a", "b", "c"])


def test_values_that_are_no_numbers_are_refused() -> None:
    table = tabulate_features(["a", "b"], np.array([[0.0, 1.0], [np.nan, 2.0]]))
    with pytest.raises(ValueError, match="finite features, found others for 1 images, such as b"):
        take_features(table, ["a", "b"])
    assert take_features(table, ["a"]).shape == (1, 2)
