import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.mistakes import COLUMNS, choose_mistakes, find_neighbors


@pytest.fixture
def predictions() -> pd.DataFrame:
    rows = [
        ("a", "test", "LGG", 0.4),
        ("b", "test", "LGG", 0.9),
        ("c", "test", "HGG", 0.2),
        ("d", "test", "HGG", 0.9),
        ("e", "val", "LGG", 0.99),
    ]
    table = pd.DataFrame(rows, columns=["image_id", "split", "label", "p_HGG"])
    table["p_LGG"] = 1 - table["p_HGG"]
    return table.assign(predicted=np.where(table["p_HGG"] > 0.5, "HGG", "LGG"))


@pytest.fixture
def manifest() -> pd.DataFrame:
    splits = {"a": "test", "b": "test", "c": "test", "t1": "train", "t2": "train", "t3": "train"}
    return pd.DataFrame(
        {
            "image_id": list(splits),
            "split": list(splits.values()),
            "label": ["LGG", "LGG", "HGG", "HGG", "LGG", "HGG"],
            "source": ["x", "x", "y", "x", "y", "x"],
            "row": pd.array(range(6), dtype="Int64"),
        }
    )


def test_the_surest_mistakes_of_the_split_come_first(predictions) -> None:
    chosen = choose_mistakes(predictions, "test", 5)
    assert chosen["image_id"].tolist() == ["b", "c"]
    assert chosen["probability"].tolist() == pytest.approx([0.9, 0.8])
    assert chosen["p_label"].tolist() == pytest.approx([0.1, 0.2])
    assert choose_mistakes(predictions, "test", 1)["image_id"].tolist() == ["b"]


def test_neighbors_are_the_nearest_training_images_by_angle(predictions, manifest) -> None:
    values = np.array([[9, 9], [1, 0], [0, 1], [5, 1], [0, 3], [1, 5]], float)
    features = tabulate_features(manifest["image_id"], values)
    images = np.random.default_rng(0).integers(0, 256, (6, 60, 60), dtype=np.uint8)
    images[4] = images[2]
    chosen = choose_mistakes(predictions, "test", 5)

    table = find_neighbors(chosen, features, images, manifest, 2)

    assert tuple(table.columns) == COLUMNS
    assert table["image_id"].tolist() == ["b", "b", "c", "c"]
    assert table["neighbor"].tolist() == ["t1", "t3", "t2", "t3"]
    assert table["place"].tolist() == [1, 2, 1, 2]
    assert table["similarity"].iloc[2] == pytest.approx(1)
    assert table["same_source"].tolist() == [True, True, True, False]
    assert table["suspicious"].tolist() == [False, False, True, False]
    assert table["neighbor_label"].tolist() == ["HGG", "HGG", "LGG", "HGG"]


def test_fewer_training_images_than_neighbors_are_all_shown(predictions, manifest) -> None:
    features = tabulate_features(manifest["image_id"], np.eye(6))
    images = np.zeros((6, 60, 60), np.uint8)
    chosen = choose_mistakes(predictions, "test", 5)
    assert len(find_neighbors(chosen, features, images, manifest, 5)) == 2 * 3
    assert find_neighbors(chosen.head(0), features, images, manifest, 5).empty
    without = manifest[manifest["split"] == "test"]
    assert tuple(find_neighbors(chosen, features, images, without, 5).columns) == COLUMNS
