import os
from pathlib import Path
from zipfile import ZipFile

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.weights import load_weights_file
from keras_files import write_legacy


def small_model(filters: int = 4, extra: bool = False) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(filters, 3, name="first_conv")(inputs)
    features = keras.layers.BatchNormalization(name="first_bn")(features)
    if extra:
        features = keras.layers.Conv2D(2, 1, name="second_conv")(features)
    return keras.Model(inputs, features)


def save(model: keras.Model, path: Path) -> Path:
    if path.suffix == ".keras":
        model.save(path)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        write_legacy(model, path)
    return path


FILES = ["model.keras", "model.weights.h5", "model_notop.h5"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_fits_is_loaded_whole(tmp_path: Path, name: str) -> None:
    source, target = small_model(), small_model()
    load_weights_file(target, save(source, tmp_path / name))
    for ours, theirs in zip(target.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_backbone_of_a_saved_classifier_is_found(tmp_path: Path) -> None:
    source, target = small_model(), small_model()
    inputs = keras.Input((8, 8, 3))
    outputs = keras.layers.Flatten()(source(inputs))
    path = save(keras.Model(inputs, keras.layers.Dense(2)(outputs)), tmp_path / "whole.keras")
    load_weights_file(target, path)
    np.testing.assert_array_equal(target.get_weights()[0], source.get_weights()[0])


@pytest.mark.parametrize("name", FILES)
def test_other_shapes_are_named_and_nothing_is_loaded(tmp_path: Path, name: str) -> None:
    path = save(small_model(filters=5), tmp_path / name)
    target = small_model()
    before = target.get_weights()
    with pytest.raises(ValueError, match=r"first_conv is \(3, 3, 3, 4\) in the model, but \(3, 3"):
        load_weights_file(target, path)
    for now, then in zip(target.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("name", FILES)
def test_a_layer_too_few_is_named(tmp_path: Path, name: str) -> None:
    path = save(small_model(), tmp_path / name)
    with pytest.raises(ValueError, match=r"second_conv .* is in the model, but not in the file"):
        load_weights_file(small_model(extra=True), path)


@pytest.mark.parametrize("name", FILES)
def test_a_layer_too_many_is_named(tmp_path: Path, name: str) -> None:
    path = save(small_model(extra=True), tmp_path / name)
    with pytest.raises(ValueError, match=r"second_conv .* is in the file, but not in the model"):
        load_weights_file(small_model(), path)


def test_a_file_with_a_top_is_not_one_without(tmp_path: Path) -> None:
    inputs = keras.Input((8, 8, 3))
    trunk = small_model()
    features = inputs
    for layer in trunk.layers[1:]:
        features = layer(features)
    outputs = keras.layers.Dense(2, name="predictions")(keras.layers.Flatten()(features))
    path = save(keras.Model(inputs, outputs), tmp_path / "model_with_top.h5")
    with pytest.raises(ValueError, match=r"predictions .* is in the file, but not in the model"):
        load_weights_file(small_model(), path)
    target = small_model()
    load_weights_file(target, path, end="first_bn")
    for ours, theirs in zip(target.get_weights(), trunk.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.h5"):
        build_backbone("sample_cnn", 32, str(tmp_path / "absent.h5"))


def test_an_archive_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.keras"
    with ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "no model")
    with pytest.raises(ValueError, match=r"other\.keras is cut short or no weights file"):
        load_weights_file(small_model(), path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_broken_file_is_named_and_nothing_is_loaded(
    tmp_path: Path, name: str, part: float
) -> None:
    path = save(small_model(), tmp_path / name)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    target = small_model()
    before = target.get_weights()
    with pytest.raises(ValueError, match="cut short or no weights file"):
        load_weights_file(target, path)
    for now, then in zip(target.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("name", FILES)
def test_a_normalization_computes_with_what_was_loaded(tmp_path: Path, name: str) -> None:
    def normalizing() -> keras.Model:
        inputs = keras.Input((2, 2, 1))
        return keras.Model(inputs, keras.layers.Normalization(name="normalization")(inputs))

    source, target = normalizing(), normalizing()
    source.layers[1].set_weights([np.array([2.0]), np.array([4.0]), np.array(0)])
    load_weights_file(target, save(source, tmp_path / name))
    assert target.predict(np.full((1, 2, 2, 1), 6.0), verbose=0)[0, 0, 0, 0] == 2


def test_keras_3_weights_under_a_keras_2_name_are_explained(tmp_path: Path) -> None:
    path = save(small_model(), tmp_path / "model.weights.h5").rename(tmp_path / "model.h5")
    with pytest.raises(ValueError, match=r"ends in \.weights\.h5"):
        load_weights_file(small_model(), path)


def test_another_kind_of_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.touch()
    with pytest.raises(ValueError, match=r"Expected a \.weights\.h5"):
        load_weights_file(small_model(), path)


@pytest.mark.real_data
def test_the_published_mobilenet_weights_fit() -> None:
    path = os.environ.get("BRAIN_TUMOR_WEIGHTS")
    if not path:
        pytest.skip("set BRAIN_TUMOR_WEIGHTS to the path of mobilenet_v2_0.35_224_notop.weights.h5")
    backbone = build_backbone("mobilenet_v2_035", 96, path)
    assert backbone.count_params() == 410_208
    assert abs(backbone.get_layer("Conv1").get_weights()[0]).sum() > 0
    with pytest.raises(ValueError, match="does not fit the backbone"):
        build_backbone("vgg16", 32, path)
