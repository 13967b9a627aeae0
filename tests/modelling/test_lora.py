from pathlib import Path

import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.classifier import dtype_policy
from brain_tumor_kedro.modelling.lora import (
    ADAPTER_WEIGHTS,
    adapted_layers,
    add_adapters,
    copy_merged,
    count_adapters,
    freeze_adapted_kernels,
    train_adapters_only,
)
from brain_tumor_kedro.modelling.lora_settings import Lora

SIZE = 16
FEATURES = 12


def build_network() -> keras.Model:
    """Every kind of layer that matters here, in a model within a model."""
    backbone = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="conv1"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.DepthwiseConv2D(3, name="depthwise"),
            keras.layers.Conv2D(8, 1, groups=2, use_bias=False, name="conv2"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(16, activation="relu", name="fc1"),
            keras.layers.Dense(FEATURES, activation="relu", name="fc2"),
        ],
        name="backbone",
    )
    head = keras.layers.Dense(2, activation="softmax", dtype="float32", name="classes")
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), backbone, head])


def backbone_of(model: keras.Model) -> keras.Model:
    return model.get_layer("backbone")


def lora(*layers: str, rank: int = 4, alpha: float | None = None) -> Lora:
    return Lora(rank=rank, alpha=alpha, layers=layers)


def pixels(count: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, SIZE, SIZE, 3)).astype(np.float32)


def fit_steps(model: keras.Model, steps: int = 3) -> None:
    optimizer = keras.optimizers.Adam(1e-2)
    model.compile(optimizer, "categorical_crossentropy", run_eagerly=True)
    for _ in range(steps):
        model.train_on_batch(pixels(), np.eye(2, dtype=np.float32)[np.arange(8) % 2])


def predict(model: keras.Model) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(pixels(), training=False))


def weights_by_name(model: keras.Model) -> dict[str, np.ndarray]:
    return {
        f"{layer.name}/{weight.name}": keras.ops.convert_to_numpy(weight)
        for layer in (*backbone_of(model).layers, model.get_layer("classes"))
        for weight in layer.weights
    }


@pytest.fixture
def adapted() -> keras.Model:
    model = build_network()
    add_adapters(backbone_of(model), lora("conv*", "fc?", alpha=8))
    return model


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_nothing_changes_at_the_start(precision: str) -> None:
    with dtype_policy(precision):
        model = build_network()
    before = predict(model)
    names = add_adapters(backbone_of(model), lora("conv*", "fc1", rank=2))
    assert names == ["conv1", "conv2", "fc1"]
    np.testing.assert_array_equal(predict(model), before)


def test_the_update_is_alpha_over_rank_times_the_product() -> None:
    model = build_network()
    add_adapters(backbone_of(model), lora("fc2", rank=2, alpha=6))
    layer = backbone_of(model).get_layer("fc2")
    kernel = layer.get_weights()[0]
    a, b = (np.random.default_rng(1).normal(size=shape) for shape in ((16, 2), (2, FEATURES)))
    layer.lora_kernel_a.assign(a)
    layer.lora_kernel_b.assign(b)
    plain = build_network()
    copy_merged(model, plain)
    merged = backbone_of(plain).get_layer("fc2").get_weights()[0]
    np.testing.assert_allclose(merged, kernel + 3 * a @ b, atol=1e-5)


def test_alpha_is_the_rank_unless_given() -> None:
    model = build_network()
    add_adapters(backbone_of(model), lora("fc1", rank=5))
    assert backbone_of(model).get_layer("fc1").lora_alpha == 5


def test_only_adapters_and_head_learn(adapted: keras.Model) -> None:
    before = weights_by_name(adapted)
    train_adapters_only(backbone_of(adapted))
    fit_steps(adapted)
    after = weights_by_name(adapted)
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    factors = {
        f"{layer}/{factor}"
        for layer in ("conv1", "conv2", "fc1", "fc2")
        for factor in ADAPTER_WEIGHTS
    }
    assert changed == factors | {"classes/kernel", "classes/bias"}


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_the_merged_model_predicts_the_same(precision: str) -> None:
    with dtype_policy(precision):
        model = build_network()
    add_adapters(backbone_of(model), lora("conv*", "fc?", alpha=8))
    train_adapters_only(backbone_of(model))
    fit_steps(model)
    plain = build_network()
    copy_merged(model, plain)
    assert count_adapters(plain) == 0
    in_float32 = unmerged_in_float32(model)
    np.testing.assert_allclose(predict(plain), predict(in_float32), atol=1e-5)
    if precision == "float32":
        np.testing.assert_allclose(predict(plain), predict(model), atol=1e-5)


def unmerged_in_float32(model: keras.Model) -> keras.Model:
    """Compute with the same adapters, but not in half precision."""
    copy = build_network()
    add_adapters(backbone_of(copy), lora("conv*", "fc?", alpha=8))
    copy.set_weights(model.get_weights())
    return copy


def test_a_merged_model_is_saved_and_loaded(adapted: keras.Model, tmp_path: Path) -> None:
    train_adapters_only(backbone_of(adapted))
    fit_steps(adapted)
    plain = build_network()
    copy_merged(adapted, plain)
    plain.save(tmp_path / "plain.keras")
    loaded = keras.saving.load_model(tmp_path / "plain.keras")
    assert not any("lora" in weight.name for weight in loaded.weights)
    np.testing.assert_array_equal(predict(loaded), predict(plain))


def test_models_that_differ_in_more_than_adapters_are_not_merged(adapted: keras.Model) -> None:
    with pytest.raises(ValueError, match="argument"):
        copy_merged(adapted, keras.Sequential(build_network().layers[:1]))


def test_kernels_stay_frozen_when_everything_is_set_free(adapted: keras.Model) -> None:
    backbone = backbone_of(adapted)
    backbone.trainable = False
    backbone.trainable = True
    freeze_adapted_kernels(adapted)
    before = weights_by_name(adapted)
    fit_steps(adapted)
    after = weights_by_name(adapted)
    unchanged = {name for name in after if np.array_equal(after[name], before[name])}
    assert {name for name in unchanged if name.endswith("/kernel")} == {
        f"{name}/kernel" for name in ("conv1", "conv2", "fc1", "fc2")
    }
    assert "depthwise/kernel" not in unchanged


def test_head_phases_leave_adapters_alone(adapted: keras.Model) -> None:
    train_adapters_only(backbone_of(adapted))
    backbone_of(adapted).trainable = False
    assert {weight.path.split("/")[-2] for weight in adapted.trainable_weights} == {"classes"}


def test_no_match_names_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"'fc9' matches no layer .*conv1, conv2, fc1, fc2\."):
        add_adapters(backbone_of(build_network()), lora("fc1", "fc9"))


@pytest.mark.parametrize("pattern", ["norm", "depthwise", "flat*"])
def test_a_match_that_cannot_be_adapted_is_an_error(pattern: str) -> None:
    model = build_network()
    with pytest.raises(ValueError, match=r"only \w+ \(\w+\), which cannot be adapted"):
        add_adapters(backbone_of(model), lora("fc1", pattern))
    assert count_adapters(model) == 0


def test_training_adapters_that_are_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="with adapters to train, received one without"):
        train_adapters_only(backbone_of(build_network()))


def test_adapters_are_counted(adapted: keras.Model) -> None:
    rank, flat = 4, 5 * 5 * 8
    conv = (3 * 3 * 3 * rank + rank * 8) + (4 * rank + rank * 8)
    dense = (flat + 16) * rank + (16 + FEATURES) * rank
    assert count_adapters(adapted) == conv + dense
    assert [layer.name for layer in adapted_layers(adapted)] == ["conv1", "conv2", "fc1", "fc2"]
    assert count_adapters(build_network()) == 0


def test_rank_8_on_both_dense_layers_of_vgg16_has_299_008_parameters() -> None:
    backbone = build_backbone("vgg16_fc", 224)
    assert add_adapters(backbone, lora("fc1", "fc2", rank=8)) == ["fc1", "fc2"]
    assert count_adapters(backbone) == 299_008
