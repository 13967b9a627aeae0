from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.weight_layouts import (
    by_order,
    check_fit,
    layout_of,
    read_legacy,
)
from keras_files import write_legacy


def network(first: str = "conv2d_7", second: str = "conv2d_9") -> keras.Model:
    inputs = keras.Input((8, 8, 2))
    features = keras.layers.Conv2D(2, 1, name=first)(inputs)
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, name=second)(features))


def test_long_lists_of_names_were_cut_in_parts(tmp_path: Path) -> None:
    path = write_legacy(network("first", "second"), tmp_path / "file.h5")
    whole = read_legacy(path)
    with h5py.File(path, "a") as file:
        names = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:2], names[2:]
    cut = read_legacy(path)
    assert (
        [name for name, _ in cut] == [name for name, _ in whole] == ["first"] * 2 + ["second"] * 2
    )


def test_a_weight_that_is_listed_but_missing_is_named(tmp_path: Path) -> None:
    path = write_legacy(network("first", "second"), tmp_path / "file.h5")
    with h5py.File(path, "a") as file:
        del file["second"]["second/second/kernel:0"]
    with pytest.raises(ValueError, match=r"lists second/.*kernel:0 of layer second, but does not"):
        read_legacy(path)


def test_numbers_of_another_process_do_not_matter(tmp_path: Path) -> None:
    check_fit(tmp_path, layout_of(network("conv2d", "conv2d_1")), layout_of(network()))


def test_another_order_of_the_same_layers_is_refused(tmp_path: Path) -> None:
    found = layout_of(network("conv2d_12", "conv2d_11"))
    with pytest.raises(ValueError, match=r"another order.*: conv2d_1 is where conv2d_0 should be"):
        check_fit(tmp_path, found, layout_of(network()))


def test_other_names_are_no_matter_of_order(tmp_path: Path) -> None:
    check_fit(tmp_path, layout_of(network("a", "b")), layout_of(network()))


def test_keras_2_wrote_names_with_slashes(tmp_path: Path) -> None:
    found = by_order([("conv1/conv", (1, 2)), ("conv1/bn", (1, 2))])
    check_fit(tmp_path, found, by_order([("conv1_conv", (1, 2)), ("conv1_bn", (1, 2))]))
    with pytest.raises(ValueError, match="another order"):
        check_fit(tmp_path, found, by_order([("conv1_bn", (1, 2)), ("conv1_conv", (1, 2))]))


def test_values_are_those_of_the_model(tmp_path: Path) -> None:
    model = network()
    weights = read_legacy(write_legacy(model, tmp_path / "file.h5", whole=True))
    for (_, value), expected in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)
