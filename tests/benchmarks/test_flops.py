import keras
import pytest

from benchmarks.flops import count_flops, find_peak, utilization
from brain_tumor_kedro.modelling.backbones import build_backbone


def model_of(*layers: keras.layers.Layer, shape: tuple[int, ...] = (8, 8, 6)) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize(
    ("layer", "multiplications"),
    [
        (keras.layers.Conv2D(10, 3, padding="same"), 8 * 8 * 10 * 6 * 9),
        (keras.layers.Conv2D(10, 3, strides=2), 3 * 3 * 10 * 6 * 9),
        (keras.layers.Conv2D(10, 3, groups=2, padding="same"), 8 * 8 * 10 * 3 * 9),
        (keras.layers.DepthwiseConv2D(3, padding="same"), 8 * 8 * 6 * 9),
        (keras.layers.SeparableConv2D(10, 3, padding="same"), 8 * 8 * (6 * 9 + 6 * 10)),
        (keras.layers.Dense(5), 8 * 8 * 6 * 5),
        (keras.layers.BatchNormalization(), 0),
    ],
)
def test_layers_are_counted(layer: keras.layers.Layer, multiplications: int) -> None:
    assert count_flops(model_of(layer)) == 2 * multiplications


def test_models_inside_are_counted() -> None:
    inner = model_of(keras.layers.Conv2D(4, 1))
    assert count_flops(model_of(inner, keras.layers.Flatten(), keras.layers.Dense(2))) == 2 * (
        8 * 8 * 4 * 6 + 8 * 8 * 4 * 2
    )


def test_mobilenet_is_what_its_authors_count() -> None:
    # 59 million multiplications and additions with the top of 1280 x 1000 (Sandler et al. 2018,
    # table of their published models), at width 0.35 and 224 pixels.
    flops = count_flops(build_backbone("mobilenet_v2_035", 224))
    assert flops / 2 + 1280 * 1000 == pytest.approx(59e6, rel=0.02)


def test_a_known_card_has_a_peak_and_another_none() -> None:
    assert find_peak("1 x NVIDIA H200") == 989e12
    assert find_peak("1 x NVIDIA H100 PCIe") == 756e12
    assert find_peak("CPU, 2 cores (x86_64)") is None


def test_training_everything_takes_three_passes() -> None:
    assert utilization(10, "all", 5.0, 1000.0) == pytest.approx(0.15)
    assert utilization(10, "head", 5.0, 1000.0) == pytest.approx(0.05)
    assert utilization(10, "all", 5.0, None) is None
