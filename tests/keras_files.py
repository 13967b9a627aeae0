"""Weights files as Keras 2 wrote them, in which `keras.applications` publishes its weights."""

from pathlib import Path

import h5py
import keras
import numpy as np


def write_legacy(
    model: keras.Model, path: Path, *, rename: dict[str, str] | None = None, whole: bool = False
) -> Path:
    """Write a `.h5` file.

    Args:
        model: What is written.
        path: The file.
        rename: Other names for layers, as Keras 2 had them.
        whole: As `model.save` wrote a whole model, its weights in a group of their own.
    """
    names = [(rename or {}).get(layer.name, layer.name) for layer in model.layers]
    with h5py.File(path, "w") as file:
        layers = file.create_group("model_weights") if whole else file
        layers.attrs["layer_names"] = [name.encode() for name in names]
        for name, layer in zip(names, model.layers, strict=True):
            group = layers.create_group(name)
            weights = [f"{name}/{weight.path}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, value in zip(weights, layer.get_weights(), strict=True):
                group[weight] = value
    return path


def randomize(model: keras.Model) -> keras.Model:
    """Give every weight a value that no initializer gives, so that none is left out unseen."""
    generator = np.random.default_rng(0)
    for layer in model.layers:
        values = [
            generator.uniform(0.5, 1.5, value.shape) * (value if value.ndim > 1 else 1)
            for value in layer.get_weights()
        ]
        layer.set_weights(values)
    return model
