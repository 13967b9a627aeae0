import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.backbones import build_backbone
from brain_tumor_kedro.modelling.layer_decay import Rates, decay_by_block, scale_steps


def test_every_block_has_its_power_of_the_decay() -> None:
    backbone = build_backbone("sample_cnn", 32)
    factors = decay_by_block(backbone, BACKBONES["sample_cnn"].blocks, 0.5)
    by_layer = {
        layer.name: {factors[id(weight)] for weight in layer.weights}
        for layer in backbone.layers
        if layer.weights
    }
    assert by_layer == {
        "block4_conv": {0.5}, "block3_conv": {0.25}, "block2_conv": {0.125}, "block1_conv": {0.0625}
    }  # fmt: skip


def test_what_lies_below_the_blocks_is_a_block_more() -> None:
    backbone = build_backbone("sample_cnn", 32)
    factors = decay_by_block(backbone, ("block4_conv", "block3_conv"), 0.5)
    assert {factors[id(weight)] for weight in backbone.get_layer("block1_conv").weights} == {0.125}


STEPS = 3


def steps(optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable]) -> np.ndarray:
    """Where the variables are after each of some steps, `(STEPS, variables)`."""
    places = []
    for step in range(STEPS):
        optimizer.apply([keras.ops.full((1, 1), step - 0.5) for _ in variables], variables)
        places.append([float(variable.numpy()[0, 0]) for variable in variables])
    return np.array(places)


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adamax", "Lion"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_a_factor_is_a_smaller_learning_rate(name: str, weight_decay: float) -> None:
    """Each variable goes where Keras's own optimizer takes it alone at the scaled rate."""
    plain = getattr(keras.optimizers, name)
    factors = [1.0, 0.5, 0.125]
    variables = [keras.Variable([[2.0]]) for _ in factors]
    scaled = scale_steps(plain)(
        0.1,
        rates=Rates(
            {id(variable): factor for variable, factor in zip(variables, factors, strict=True)},
            weight_decay,
        ),
    )
    got = steps(scaled, variables)
    for index, factor in enumerate(factors):
        alone = plain(0.1 * factor, weight_decay=weight_decay)
        expected = steps(alone, [keras.Variable([[2.0]])])
        np.testing.assert_allclose(got[:, index], expected[:, 0], rtol=1e-6)


def test_weight_decay_is_scaled_and_leaves_out_what_it_shall() -> None:
    variables = [keras.Variable([[2.0]]) for _ in range(3)]
    rates = Rates({id(variables[0]): 0.5}, 0.3, frozenset({id(variables[2])}))
    optimizer = scale_steps(keras.optimizers.SGD)(0.1, rates=rates)
    optimizer.apply([keras.ops.zeros((1, 1))] * 3, variables)
    got = [float(variable.numpy()[0, 0]) for variable in variables]
    assert got == pytest.approx([2 * (1 - 0.3 * 0.05), 2 * (1 - 0.3 * 0.1), 2.0])


def test_a_schedule_is_scaled_too() -> None:
    schedule = keras.optimizers.schedules.CosineDecay(0.1, STEPS)
    variable = keras.Variable([[2.0]])
    scaled = scale_steps(keras.optimizers.SGD)(schedule, rates=Rates({id(variable): 0.5}))
    rates = [0.05 * (1 + np.cos(np.pi * step / STEPS)) for step in range(STEPS)]
    moves = -0.5 * np.cumsum([rate * (step - 0.5) for step, rate in enumerate(rates)])
    np.testing.assert_allclose(steps(scaled, [variable])[:, 0], 2 + moves, rtol=1e-6)
