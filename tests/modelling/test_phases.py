import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from brain_tumor_kedro.modelling import phases
from brain_tumor_kedro.modelling.backbones import BACKBONE_LAYER, build_backbone
from brain_tumor_kedro.modelling.classifier import build_classifier, fingerprint
from brain_tumor_kedro.modelling.heads import HEAD_LAYER
from brain_tumor_kedro.modelling.history import COLUMNS, TrainingDivergedError
from brain_tumor_kedro.modelling.inference import predict, predict_table
from brain_tumor_kedro.modelling.phases import TrainingResult, train
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.modelling.temperature import temperature_of

CLASSES = ("left", "right")

MakeRecipe = Callable[..., Recipe]


def phase(**changes: Any) -> dict[str, Any]:
    return {"name": "only", "trainable": "all", "learning_rate": 1e-3, "epochs": 1} | changes


def backbone_weights(model: keras.Model) -> list[np.ndarray]:
    return model.get_layer(BACKBONE_LAYER).get_weights()


@pytest.fixture(scope="module")
def trained(images: np.ndarray) -> tuple[TrainingResult, pd.DataFrame, list]:
    """A whole recipe: head, then everything, with augmentation, class weights and a callback."""
    manifest = pd.DataFrame(
        {
            "image_id": [str(number) for number in range(32)],
            "row": range(32),
            "label": [CLASSES[number % 2] for number in range(32)],
            "split": ["train"] * 20 + ["val"] * 6 + ["test"] * 6,
        }
    )
    recipe = Recipe.model_validate(
        {
            "backbone": "sample_cnn",
            "weights": "none",
            "image_size": 32,
            "batch_size": 8,
            "precision": "float32",
            "class_weights": "balanced",
            "label_smoothing": 0.05,
            "augmentation": {"brightness": [0.9, 1.1]},
            "phases": [
                phase(name="head", trainable="head", epochs=2),
                phase(
                    name="fine_tune",
                    optimizer="adam",
                    learning_rate=5e-3,
                    epochs=25,
                    early_stopping={"monitor": "val_loss", "patience": 20},
                ),
            ],
        }
    )
    epochs: list = []
    result = train(
        recipe, images, manifest, CLASSES, 3, lambda epoch, values: epochs.append((epoch, values))
    )
    return result, manifest, epochs


def test_it_learns_what_there_is_to_learn(trained: tuple, images: np.ndarray) -> None:
    result, manifest, _ = trained
    table = predict_table(result.model, images, manifest, CLASSES).table
    assert (table["label"] == table["predicted"]).mean() > 0.95


def test_history_has_a_row_per_epoch(trained: tuple) -> None:
    result, _, epochs = trained
    history = result.history
    assert tuple(history) == COLUMNS
    assert history["epoch"].tolist() == list(range(len(history)))
    assert history["phase"].iloc[:3].tolist() == ["head", "head", "fine_tune"]
    assert not history.isna().any().any()
    assert history["learning_rate"].iloc[[0, -1]].tolist() == pytest.approx([1e-3, 5e-3])
    assert [epoch for epoch, _ in epochs] == history["epoch"].tolist()
    assert epochs[-1][1]["val_accuracy"] == history["val_accuracy"].iloc[-1]


def test_best_weights_come_back(trained: tuple, images: np.ndarray) -> None:
    result, manifest, _ = trained
    fine_tuned = result.history[result.history["phase"] == "fine_tune"]
    best = result.summary["best_epoch_by_phase"]["fine_tune"]
    assert best == fine_tuned["epoch"][fine_tuned["val_loss"].idxmin()]
    table = predict_table(result.model, images, manifest, CLASSES).table.query("split == 'val'")
    accuracy = (table["label"] == table["predicted"]).mean()
    assert accuracy == pytest.approx(result.history["val_accuracy"][best])


def test_summary_says_what_was_trained(trained: tuple) -> None:
    result, _, _ = trained
    summary = json.loads(json.dumps(result.summary))
    assert summary["backbone"] == "sample_cnn"
    assert summary["image_size"] == 32
    assert summary["parameters"]["trainable_by_phase"]["head"] == 97 * 2
    assert summary["parameters"]["total"] == result.model.count_params()
    assert summary["epochs"] == len(result.history)
    assert summary["epochs_by_phase"]["head"] == 2
    assert summary["best_epoch_by_phase"]["head"] == 1
    assert summary["precision"] == "float32"
    assert summary["versions"]["keras"] == keras.__version__
    assert summary["fingerprint"] == fingerprint(result.model)
    assert summary["temperature"]["images"] == 6
    assert summary["temperature"]["value"] == temperature_of(result.model) == 1


def test_the_saved_model_is_the_trained_one(
    trained: tuple, images: np.ndarray, tmp_path: Path
) -> None:
    result, _, _ = trained
    result.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(images, verbose=0), result.model.predict(images, verbose=0)
    )


@pytest.fixture
def head_recipe(make_recipe: MakeRecipe) -> Recipe:
    head = phase(name="head", trainable="head", epochs=3, learning_rate=1e-2)
    layers = {"batch_norm": True, "dense": [8, 4], "dropout": [0.3, 0.2], "l2": 1e-3}
    return make_recipe(head={"pooling": "avg_max", **layers}, phases=[head])


def assert_same_training(
    cached: TrainingResult, ordinary: TrainingResult, atol: float = 1e-5
) -> None:
    numbers = ["loss", "accuracy", "val_loss", "val_accuracy"]
    np.testing.assert_allclose(cached.history[numbers], ordinary.history[numbers], atol=atol)
    for ours, theirs in zip(
        cached.model.get_layer(HEAD_LAYER).get_weights(),
        ordinary.model.get_layer(HEAD_LAYER).get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_cached_features_change_nothing(
    head_recipe: Recipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    cached = train(head_recipe, images, manifest, CLASSES, 1)
    ordinary = train(head_recipe, images, manifest, CLASSES, 1, cache_features=False)
    assert_same_training(cached, ordinary)


def test_a_view_for_each_epoch_is_training_without_a_cache(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    changes = {"trainable": "head", "learning_rate": 1e-2, "views": 3}
    recipe = make_recipe(
        head={"dense": [8], "dropout": 0.3},
        augmentation={"brightness": [0.5, 1.5], "horizontal_flip": True, "rotation": 20},
        class_weights="balanced",
        phases=[
            phase(name="first", epochs=1, **changes),
            phase(name="second", epochs=3, **changes),
        ],
    )
    cached = train(recipe, images, manifest, CLASSES, 1)
    ordinary = train(recipe, images, manifest, CLASSES, 1, cache_features=False)
    # A changed pixel halfway between two gray values may be rounded either way.
    assert_same_training(cached, ordinary, atol=1e-4)


def test_a_head_phase_leaves_the_backbone_alone(
    head_recipe: Recipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    keras.utils.set_random_seed(1)
    start = backbone_weights(build_classifier(head_recipe, CLASSES))
    result = train(head_recipe, images, manifest, CLASSES, 1, cache_features=False)
    for now, then in zip(backbone_weights(result.model), start, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_last_blocks_change_and_no_others(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    recipe = make_recipe(phases=[phase(trainable=2)])
    keras.utils.set_random_seed(1)
    start = build_classifier(recipe, CLASSES).get_layer(BACKBONE_LAYER)
    end = train(recipe, images, manifest, CLASSES, 1).model.get_layer(BACKBONE_LAYER)
    changed = {
        layer.name
        for layer in end.layers
        if layer.weights
        and not np.array_equal(layer.get_weights()[0], start.get_layer(layer.name).get_weights()[0])
    }
    assert changed == {"block3_conv", "block4_conv"}


def test_every_setting_of_a_phase_at_once(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    """The history has the schedules' rates, the model is the averaged one of the best epoch."""
    shared = {"ema": 0.8, "weight_decay": 0.01, "gradient_clipping": 1.0, "layer_decay": 0.7}
    stop = {"monitor": "val_f1", "patience": 4}
    recipe = make_recipe(
        head={"pooling": "avg_max", "l2": 1e-4, "dropout": 0.1},
        label_smoothing=0.1,
        class_weights="balanced",
        phases=[
            phase(
                name="rise", trainable={"fraction": 0.5}, optimizer="lion", epochs=4, accumulate=2,
                schedule={"kind": "cosine", "warmup": 1.0}, early_stopping=stop, **shared,
            ),
            phase(
                name="wait", optimizer="adamw", learning_rate=1e-9, epochs=4,
                schedule={"kind": "plateau", "patience": 1}, early_stopping=stop, **shared,
            ),
        ],
    )  # fmt: skip
    result = train(recipe, images, manifest, CLASSES, 2)
    history = result.history
    assert not history.isna().any().any()
    rates = [1e-3, 0.75e-3, 0.25e-3, 0, 1e-9, 1e-9, 0.2e-9, 0.04e-9]
    assert history["learning_rate"].tolist() == pytest.approx(rates, rel=1e-5, abs=1e-15)
    table = predict_table(result.model, images, manifest, CLASSES).table.query("split == 'val'")
    f1 = f1_score(table["label"], table["predicted"], average="macro")
    assert f1 == pytest.approx(history["val_f1"][result.summary["kept_epoch"]], abs=1e-6)
    assert f1 == pytest.approx(history["val_f1"].max(), abs=1e-6)


@pytest.mark.parametrize("seed", [True, "abc", 0.5, -1, 2**32])
def test_a_seed_is_a_whole_number(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame, seed: Any
) -> None:
    with pytest.raises(ValueError, match="whole number from 0 to 4294967295 as seed"):
        train(make_recipe(), images, manifest, CLASSES, seed)


def test_a_seed_reproduces_and_another_does_not(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    recipe = make_recipe(
        augmentation={"rotation": 5}, head={"dropout": 0.2}, phases=[phase(epochs=2)]
    )
    first, again, other = (
        train(recipe, images, manifest, CLASSES, seed).history["loss"] for seed in (5, 5, 6)
    )
    np.testing.assert_allclose(first, again, rtol=1e-5)
    assert not np.allclose(first, other, rtol=1e-5)


def test_weights_come_from_a_file(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame, tmp_path: Path
) -> None:
    backbone = build_backbone("sample_cnn", 32)
    backbone.save_weights(tmp_path / "sample.weights.h5")
    recipe = make_recipe(
        weights=str(tmp_path / "sample.weights.h5"), phases=[phase(trainable="head")]
    )
    result = train(recipe, images, manifest, CLASSES)
    for ours, theirs in zip(backbone_weights(result.model), backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_color_images_train_too(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    color = np.repeat(images[..., None], 3, axis=-1)
    assert train(make_recipe(), color, manifest, CLASSES).model.input_shape[1:] == (None, None, 3)


def test_mixed_precision_ends_in_float32(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    result = train(make_recipe(precision="mixed_bfloat16"), images, manifest, CLASSES)
    assert result.summary["precision"] == "mixed_bfloat16"
    conv = result.model.get_layer(BACKBONE_LAYER).get_layer("block1_conv")
    assert conv.compute_dtype == "float32"


def test_a_class_without_training_images_is_an_error(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    manifest.loc[manifest["label"] == "right", "split"] = "test"
    with pytest.raises(ValueError, match="no training image of right"):
        train(make_recipe(), images, manifest, CLASSES)


def test_no_validation_images_is_an_error(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    manifest = manifest[manifest["split"] != "val"]
    with pytest.raises(ValueError, match="no validation image"):
        train(make_recipe(), images, manifest, CLASSES)


def test_a_diverging_training_says_so(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    recipe = make_recipe(phases=[phase(optimizer="sgd", learning_rate=1e30, epochs=3)])
    with pytest.raises(TrainingDivergedError, match="Lower the phase's learning_rate"):
        train(recipe, images, manifest, CLASSES)


@pytest.mark.parametrize(
    ("last", "error"),
    [
        ({"trainable": {"named": ["block9_*"]}}, "has no layer of such a name"),
        ({"trainable": {"fraction": 0.01}}, "none of these layers has weights"),
        ({"schedule": {"kind": "cosine", "warmup": 5}}, "Shorten `warmup`"),
    ],
)
def test_what_the_last_phase_cannot_do_is_said_before_the_first(
    make_recipe: MakeRecipe,
    images: np.ndarray,
    manifest: pd.DataFrame,
    last: dict[str, Any],
    error: str,
) -> None:
    recipe = make_recipe(phases=[phase(), phase(name="last", **last)])
    epochs: list[int] = []
    with pytest.raises(ValueError, match=error):
        train(recipe, images, manifest, CLASSES, on_epoch=lambda epoch, _: epochs.append(epoch))
    assert not epochs


def test_missing_weights_reach_the_caller(
    make_recipe: MakeRecipe, images: np.ndarray, manifest: pd.DataFrame
) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.h5"):
        phases.train(make_recipe(weights="/nowhere.h5"), images, manifest, CLASSES)


SIGMOID = {"dense": [8], "dropout": 0.2, "output": "sigmoid"}
WATCHING = phase(early_stopping={"monitor": "val_f1_positive", "patience": 5}, epochs=8)


def test_one_unit_watches_the_positive_class_of_color_images(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    colors = np.repeat(images[..., None], 3, axis=-1)
    recipe = make_recipe(head=SIGMOID, phases=[WATCHING], augmentation={"brightness": [0.9, 1.1]})
    result = train(recipe, colors, manifest, CLASSES, positive=("right", "absent"))
    history = result.history
    assert {"f1_positive", "val_f1_positive"} < set(history)
    best = result.summary["kept_epoch"]
    assert history["val_f1_positive"].max() == history["val_f1_positive"][best]
    val = manifest[manifest["split"] == "val"]
    found = predict(result.model, colors, val["row"].to_numpy(dtype=np.int64)).argmax(axis=1)
    labels = np.array(CLASSES)[found]
    expected = f1_score(val["label"], labels, pos_label="right")
    assert history["val_f1_positive"][best] == pytest.approx(expected, abs=1e-6)


def test_what_cannot_be_is_said_before_weights_are_looked_for(
    images: np.ndarray, manifest: pd.DataFrame, make_recipe: MakeRecipe
) -> None:
    three = (*CLASSES, "middle")
    with pytest.raises(ValueError, match="two classes apart, received 3: left, right, middle"):
        train(make_recipe(head=SIGMOID, weights="missing.h5"), images, manifest, three)
    watching = make_recipe(phases=[WATCHING], weights="missing.h5")
    for classes, positive in [(CLASSES, ()), (CLASSES, CLASSES), (three, ("right",))]:
        with pytest.raises(ValueError, match=r"watches val_f1_positive, .* or watch val_f1, "):
            train(watching, images, manifest, classes, positive=positive)
