import json
import os

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling import conversion
from brain_tumor_kedro.modelling.classifier import build_classifier
from brain_tumor_kedro.modelling.conversion import convert, count_keras_bytes, require_packages
from brain_tumor_kedro.modelling.export_settings import NAMES, NEEDED, ExportSettings
from brain_tumor_kedro.modelling.export_trial import predict_with, try_out
from brain_tumor_kedro.modelling.exported import count_threads, open_exported
from brain_tumor_kedro.modelling.mirrored import average_mirrored
from brain_tumor_kedro.modelling.one_pass import in_one_pass
from brain_tumor_kedro.modelling.saved_model import FACTS_FILE
from brain_tumor_kedro.modelling.temperature import with_temperature
from brain_tumor_kedro.modelling.tflite import count_int8
from brain_tumor_kedro.modelling.tflite_facts import read_facts

CLASSES = ("left", "right")
FACTS = {"task": "sides", "classes": list(CLASSES), "phantom": True}
FORMATS = tuple(NAMES)


def build(make_recipe, *, channels: int = 1, flip: bool = True, **changes) -> keras.Model:
    """A classifier that says something else of dark images than of bright ones."""
    keras.utils.set_random_seed(0)
    model = build_classifier(make_recipe(**changes), CLASSES, channels=channels)
    look = keras.Model(model.input, model.get_layer("pooling").output)
    levels = (
        np.linspace(20, 200, 4).astype(np.uint8).reshape(-1, *[1] * (len(look.input_shape) - 1))
    )
    shape = (1, 40, 40) if channels == 1 else (1, 40, 40, channels)
    features = look.predict(np.tile(levels, shape), verbose=0)
    dense = model.get_layer("head").layers[-1]
    slope = (features[-1] - features[0]) / np.square(features[-1] - features[0]).sum()
    middle = slope @ features.mean(axis=0)
    dense.set_weights([np.stack([4 * slope, -4 * slope], axis=1), 4 * middle * np.array([-1, 1])])
    return with_temperature(average_mirrored(model) if flip else model, 0.7)


@pytest.fixture(scope="module")
def views(images) -> np.ndarray:
    return np.concatenate([images, images[:, ::-1] // 2])


@pytest.fixture(scope="module")
def converted(request, images):
    """A mirrored and calibrated classifier, in every format."""
    pytest.importorskip("tf2onnx")
    make = request.getfixturevalue("module_recipe")
    model = build(make)
    return model, {kind: convert(model, kind, FACTS, images[:20]) for kind in FORMATS}


@pytest.fixture(scope="module")
def module_recipe():
    from brain_tumor_kedro.modelling.recipes import Recipe

    phase = {"name": "only", "trainable": "all", "learning_rate": 0.01, "epochs": 1}
    values = {"backbone": "sample_cnn", "weights": "none", "image_size": 32, "phases": [phase]}
    return lambda **changes: Recipe.model_validate(values | changes)


#: Measured on this network: float16 2e-3, int8 2e-2; a wrong resizing or order of classes is 0.3.
TOLERANCES = {"onnx": 1e-5, "saved_model": 1e-6, "float32": 1e-5, "float16": 0.01, "int8": 0.08}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_answers_raw_images_of_any_size_as_the_original_does(converted, kind, views):
    model, files = converted
    rows = np.arange(len(views))

    expected = try_out(predict_with(model), views, rows)
    found = try_out(open_exported(kind, files[kind], 1), views, rows)

    assert np.ptp(expected.probabilities[:, 0]) > 0.3
    assert found.probabilities.dtype == np.float32
    assert np.abs(found.probabilities - expected.probabilities).max() < TOLERANCES[kind]
    assert np.abs(found.resized - expected.resized).max() < TOLERANCES[kind]
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_facts_are_in_every_file(converted, tmp_path):
    import onnx

    _, files = converted

    props = onnx.load_from_string(files["onnx"][NAMES["onnx"]]).metadata_props
    found = {entry.key: entry.value for entry in props}
    assert found == {"task": "sides", "classes": '["left", "right"]', "phantom": "true"}
    for kind in ("float32", "float16", "int8"):
        assert read_facts(files[kind][NAMES[kind]]) == FACTS
    beside = files["saved_model"][f"{NAMES['saved_model']}/{FACTS_FILE}"]
    assert json.loads(beside) == FACTS


def test_input_and_output_have_the_same_names_in_every_format(converted):
    import onnx
    from ai_edge_litert.interpreter import Interpreter

    _, files = converted

    graph = onnx.load_from_string(files["onnx"][NAMES["onnx"]]).graph
    sides = [side.dim_param for side in graph.input[0].type.tensor_type.shape.dim]
    assert (graph.input[0].name, graph.output[0].name) == ("images", "probabilities")
    assert sides == ["batch", "height", "width"]
    for kind in ("float32", "float16", "int8"):
        interpreter = Interpreter(model_content=files[kind][NAMES[kind]])
        assert interpreter.get_signature_list() == {
            "serving_default": {"inputs": ["images"], "outputs": ["probabilities"]}
        }
        assert interpreter.get_input_details()[0]["dtype"] is np.uint8
        assert list(interpreter.get_input_details()[0]["shape_signature"]) == [-1, -1, -1]


def test_the_backbone_is_in_whole_numbers_and_what_surrounds_it_is_not(converted):
    from ai_edge_litert.interpreter import Interpreter

    _, files = converted
    model = files["int8"][NAMES["int8"]]

    assert count_int8(model) > 8
    assert not count_int8(files["float16"][NAMES["float16"]])
    whole = {
        tensor["name"]
        for tensor in Interpreter(model_content=model).get_tensor_details()
        if tensor["dtype"] is np.int8
    }
    assert not any("temperature" in name or "head" in name for name in whole)
    assert len(model) < len(files["float16"][NAMES["float16"]]) < len(files["onnx"][NAMES["onnx"]])


@pytest.mark.slow
def test_the_same_images_calibrate_the_same_classifier_to_the_same_answers(
    converted, images, views
):
    model, files = converted

    again = convert(model, "int8", FACTS, images[:20])
    others = convert(model, "int8", FACTS, images[:1])

    first, second, third = (
        open_exported("int8", each, 1)(views) for each in (files["int8"], again, others)
    )
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - third).max() > 0


def test_three_channels_without_a_mirror_image_are_exported_too(make_recipe, views):
    model = build(make_recipe, channels=3, flip=False)
    colors = np.stack([views, views[:, ::-1], 255 - views], axis=-1)

    for kind in ("onnx", "float16"):
        predict = open_exported(kind, convert(model, kind, FACTS, colors[:4]), 1)
        np.testing.assert_allclose(predict(colors), predict_with(model)(colors), atol=0.01)


def test_both_sides_in_one_pass_are_the_same(make_recipe, views):
    model, plain = build(make_recipe), build(make_recipe, flip=False)

    np.testing.assert_allclose(
        in_one_pass(model).predict(views, verbose=0), model.predict(views, verbose=0), atol=1e-6
    )
    assert in_one_pass(plain) is plain


def test_what_is_not_installed_is_named_before_any_work(monkeypatch):
    monkeypatch.setattr(conversion, "find_spec", lambda name: None if name == "tf2onnx" else name)

    with pytest.raises(ImportError, match=r"tf2onnx, not installed.*brain_tumor_kedro\[model-exp"):
        require_packages(("onnx", "int8"))
    require_packages(("saved_model", "float16"))


def test_another_backend_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(conversion.keras.backend, "backend", lambda: "jax")

    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow"):
        require_packages(("saved_model",))


def test_a_converter_that_fails_is_quoted_with_what_it_printed(make_recipe, images, monkeypatch):
    from brain_tumor_kedro.modelling import tflite

    def fail(*_):
        os.write(2, b"op 7 is odd\n")
        raise RuntimeError("cannot.")

    monkeypatch.setattr(tflite, "to_float16", fail)

    with pytest.raises(ValueError, match=r"exported to float16: cannot\. Leave float16") as error:
        convert(build(make_recipe), "float16", FACTS, images)
    assert "op 7 is odd" in "".join(error.value.__notes__)


def test_nothing_is_heard_of_a_conversion(make_recipe, images, capfd):
    convert(build(make_recipe), "float16", FACTS, images)

    assert capfd.readouterr() == ("", "")


def test_threads_and_bytes_are_counted(make_recipe):
    assert count_threads() >= 1
    assert count_keras_bytes(build(make_recipe)) > 100_000


def test_settings_know_every_format():
    assert ExportSettings().formats == FORMATS == tuple(NEEDED)


#: Backbones of each kind of layers, at a small size.
BACKBONES = {
    "vgg16": 64, "mobilenet_v2_035": 64, "efficientnet_v2s": 64, "densenet121": 64, "xception": 96,
}  # fmt: skip
#: Those that tf2onnx 1.17 cannot convert.
NOT_TO_ONNX = {"convnext_tiny": 64, "vit_base_16": 224}


def build_backbone(make_recipe, backbone: str, size: int) -> keras.Model:
    if backbone.startswith("vit"):
        pytest.importorskip("keras_hub", reason="needs keras-hub, the extra `vit`")
    keras.utils.set_random_seed(0)
    return build_classifier(make_recipe(backbone=backbone, image_size=size), CLASSES)


def largest_difference(model, kind: str, images: np.ndarray) -> float:
    expected = try_out(predict_with(model), images, np.arange(4))
    found = try_out(
        open_exported(kind, convert(model, kind, FACTS, images[:4]), 2), images, np.arange(4)
    )
    return max(np.abs(mine - other).max() for mine, other in zip(found, expected, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("backbone", "size"), BACKBONES.items())
def test_backbones_of_every_kind_are_exported(make_recipe, images, backbone, size):
    model = build_backbone(make_recipe, backbone, size)

    for kind, tolerance in TOLERANCES.items():
        assert largest_difference(model, kind, images) < tolerance


@pytest.mark.slow
@pytest.mark.parametrize(("backbone", "size"), NOT_TO_ONNX.items())
def test_what_cannot_be_converted_is_told_and_the_other_formats_are_there(
    make_recipe, images, backbone, size
):
    model = build_backbone(make_recipe, backbone, size)

    with pytest.raises(ValueError, match=r"(?s)cannot be exported to onnx: .* Leave onnx out of"):
        convert(model, "onnx", FACTS, images)
    assert largest_difference(model, "saved_model", images) < 1e-5
    # Without training, a transformer's answers turn on little.
    assert largest_difference(model, "float16", images) < 0.2
