from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.features import compute_features
from brain_tumor_kedro.modelling.inference import predict, predict_styled, predict_table
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.parts import with_parts
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import with_temperature

CLASSES = ("left", "right")


@pytest.fixture
def classifier(make_recipe: Callable[..., Recipe]) -> keras.Model:
    return build_classifier(make_recipe(), CLASSES)


def test_predictions_come_in_the_order_of_the_rows(
    classifier: keras.Model, images: np.ndarray
) -> None:
    rows = np.array([9, 2, 30, 2, 17])
    probabilities = predict(classifier, images, rows, batch_size=2)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(
        probabilities, classifier.predict(images, verbose=0)[rows], atol=1e-6
    )


def test_no_rows_give_no_predictions(classifier: keras.Model, images: np.ndarray) -> None:
    assert predict(classifier, images, np.array([], np.int64)).shape == (0, 2)


def test_the_table_has_every_split_image_once(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    table, features = predict_table(classifier, images, manifest, CLASSES)
    kept = manifest[manifest["split"].notna()]
    known = ["image_id", "split", "label", "predicted"]
    assert list(table) == [*known, "p_left", "p_right", "raw_left", "raw_right"]
    assert table["image_id"].tolist() == kept["image_id"].tolist()
    expected = predict(classifier, images, kept["row"].to_numpy(dtype=np.int64))
    np.testing.assert_allclose(table[["p_left", "p_right"]], expected, atol=1e-6)
    higher = np.where(table["p_left"] >= table["p_right"], "left", "right")
    assert table["predicted"].tolist() == higher.tolist()
    assert features["image_id"].tolist() == table["image_id"].tolist()


@pytest.mark.parametrize("mirrored", [False, True])
def test_calibrated_and_raw_probabilities_and_features_come_together(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame, mirrored: bool
) -> None:
    raw = average_mirrored(classifier) if mirrored else classifier
    rows = manifest["row"].dropna().to_numpy(dtype=np.int64)
    model = with_temperature(raw, 0.2)
    table, features = predict_table(model, images, manifest, CLASSES, batch_size=7)
    for prefix, part in (("p", model), ("raw", raw)):
        columns = [f"{prefix}_{label}" for label in CLASSES]
        np.testing.assert_allclose(table[columns], predict(part, images, rows), atol=1e-6)
    expected = compute_features(classifier, images, rows)
    np.testing.assert_allclose(features.drop(columns="image_id"), expected, atol=1e-4)
    assert features.dtypes.iloc[1:].eq("float32").all()


def test_a_manifest_without_splits_gives_empty_tables(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    table, features = predict_table(classifier, images, manifest.assign(split=None), CLASSES)
    assert (len(table), len(features)) == (0, 0)
    assert features.shape[1] == 1 + 96


def test_held_out_images_are_predicted_as_well(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    split = manifest["split"].mask(manifest["split"] == "val", "external")
    table = predict_table(classifier, images, manifest.assign(split=split), CLASSES).table
    assert (table["split"] == "external").sum() == (manifest["split"] == "val").sum() > 0


def test_a_classifier_of_another_task_is_an_error(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match=r"3 classes .* 2 outputs"):
        predict_table(classifier, images, manifest, ("left", "right", "above"))


def test_styles_come_from_the_same_pass_in_the_same_order(
    classifier: keras.Model, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    expected, features = predict_table(classifier, images, manifest, CLASSES)
    predictions, styles = predict_styled(classifier, images, manifest, CLASSES, batch_size=7)

    assert predictions.table["image_id"].tolist() == expected["image_id"].tolist()
    assert styles["image_id"].tolist() == features["image_id"].tolist()
    first = manifest.set_index("image_id").loc[styles["image_id"], "row"].to_numpy(dtype=int)
    told = with_parts(classifier, style=True)(images[first])["style"]
    np.testing.assert_allclose(styles.drop(columns="image_id"), told, atol=1e-6)
