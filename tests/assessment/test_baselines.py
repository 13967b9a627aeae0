import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.baselines import BASELINES, predict_baselines
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.metrics import score_splits
from brain_tumor_kedro.tasks import TUMOR_TYPE

CLASSES = TUMOR_TYPE.classes


@pytest.fixture
def manifest() -> pd.DataFrame:
    """Eighty images, every second of the training images a meningioma."""
    labels = np.array(CLASSES)[[1, 0, 1, 2, 1, 3, 1, 0] * 10]
    splits = ["train"] * 48 + ["val"] * 8 + ["test"] * 16 + ["external"] * 4 + [None] * 4
    ids = [f"figshare/{number}.mat" for number in range(80)]
    return pd.DataFrame({"image_id": ids, "label": labels, "split": splits})


@pytest.fixture
def features(manifest) -> pd.DataFrame:
    """Classes lie apart, and rows in another order than the manifest's."""
    centers = 3 * np.tile(np.eye(4), 8)[pd.Index(CLASSES).get_indexer(manifest["label"])]
    values = centers + np.random.default_rng(0).normal(size=centers.shape)
    return tabulate_features(manifest["image_id"], values)[::-1]


def test_every_baseline_predicts_every_image_that_is_scored(features, manifest) -> None:
    table = predict_baselines(features, manifest, CLASSES)

    assert list(table["baseline"].unique()) == list(BASELINES)
    for _, part in table.groupby("baseline"):
        assert part["image_id"].tolist() == manifest["image_id"].tolist()[:76]
        assert list(score_splits(part, CLASSES)) == ["train", "val", "test", "external"]


def test_the_majority_is_that_of_the_training_images(features, manifest) -> None:
    manifest.loc[manifest["split"] != "train", "label"] = "pituitary"
    table = predict_baselines(features, manifest, CLASSES).query("baseline == 'majority'")

    assert (table["predicted"] == "meningioma").all()
    assert (table["p_meningioma"] == 0.5).all()
    assert (table["p_pituitary"] == 0.125).all()


def test_the_probe_learns_from_the_training_images_alone(features, manifest) -> None:
    probe = predict_baselines(features, manifest, CLASSES).query("baseline == 'linear_probe'")
    manifest.loc[manifest["split"] == "test", "label"] = "no_tumor"
    again = predict_baselines(features, manifest, CLASSES).query("baseline == 'linear_probe'")

    assert score_splits(probe, CLASSES)["test"]["accuracy"] > 0.9
    assert probe["predicted"].tolist() == again["predicted"].tolist()


def test_training_images_of_one_class_are_refused(features, manifest) -> None:
    manifest.loc[manifest["split"] == "train", "label"] = "glioma"
    with pytest.raises(ValueError, match=r"at least two classes, found \['glioma'\]"):
        predict_baselines(features, manifest, CLASSES)
