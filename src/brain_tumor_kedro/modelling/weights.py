"""Weights of a backbone: from a file that fits it whole, or from Keras with a clear error."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

Shape = tuple[int, ...]

DIFFERENCES_SHOWN = 5


class WeightsUnavailableError(RuntimeError):
    """Pretrained weights are neither at hand nor to be had."""


@contextmanager
def explain_download(name: str) -> Iterator[None]:
    """Turn Keras's failure to fetch weights into an error that says what can be done.

    Args:
        name: The backbone, which is also the usual name of its recipe.

    Yields:
        Nothing: build the model inside.

    Raises:
        WeightsUnavailableError: Where fetching failed.
    """
    try:
        yield
    except Exception as error:  # Keras raises the bare class
        if "URL fetch failure" not in str(error) and "corrupted file" not in str(error):
            raise
        raise WeightsUnavailableError(
            f"The ImageNet weights of {name} are not on this machine and could not be fetched "
            f"({error}). Three ways out: (1) connect to the network once, Keras keeps them under "
            f"~/.keras/models; (2) give a weights file: --params recipes.{name}.weights="
            f"/path/to/file.h5; (3) train from scratch: --params recipes.{name}.weights=none, or "
            "choose the recipe sample_cnn."
        ) from error


def load_weights_file(model: keras.Model, path: str | Path) -> None:
    """Load a weights file into a model, all of it or nothing.

    Args:
        model: A built backbone.
        path: `.weights.h5` (Keras 3), `.h5` (Keras 2, as `keras.applications` publishes them), or
            `.keras` (a saved backbone, or a saved model that holds one).

    Raises:
        FileNotFoundError: Where there is no such file.
        ValueError: Where the file is of another kind, is broken, or does not fit; the message
            names the layers and shapes that differ.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a weights file at {path.absolute()}, found none. Give the path of a "
            ".weights.h5, .h5 or .keras file, or one of the words imagenet and none."
        )
    try:
        _load(model, path)
    except OSError as error:
        raise ValueError(
            f"{path} is cut short or no weights file ({error}). Fetch or save it again."
        ) from error


def _load(model: keras.Model, path: Path) -> None:
    if path.suffix == ".keras":
        _load_saved_model(model, path)
    elif path.name.endswith(".weights.h5"):
        _check_fit(path, _read_layout(path), _layout_if_saved(model))
        model.load_weights(path)
    elif path.suffix in {".h5", ".hdf5"}:
        _check_fit(path, _read_legacy_layout(path), _legacy_layout(model))
        model.load_weights(path)
    else:
        raise ValueError(f"Expected a .weights.h5, .h5 or .keras file, received {path.name}.")


def _load_saved_model(model: keras.Model, path: Path) -> None:
    saved = keras.saving.load_model(path, compile=False)
    nested = [layer for layer in saved.layers if isinstance(layer, keras.Model)]
    wanted = _legacy_layout(model)
    source = next((part for part in nested if len(part.layers) == len(model.layers)), saved)
    _check_fit(path, _legacy_layout(source), wanted)
    model.set_weights(source.get_weights())


def _layout_if_saved(model: keras.Model) -> dict[str, Shape]:
    """Let Keras itself say how it would lay the model out in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.weights.h5"
        model.save_weights(path)
        return _read_layout(path)


def _read_layout(path: Path) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}

    def visit(key: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not key.startswith("optimizer"):
            name = item.parent.attrs.get("name", "")
            shapes[f"{key} ({name})" if name else key] = item.shape

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return _without_names(shapes)


def _without_names(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    return dict(shapes)


def _read_legacy_layout(path: Path) -> dict[str, Shape]:
    with h5py.File(path, "r") as file:
        group = file["model_weights"] if "model_weights" in file else file
        if "layer_names" not in group.attrs:
            raise ValueError(
                f"{path} holds no list of layers. Expected the layout of Keras 2; a file that "
                "Keras 3 wrote is named .weights.h5."
            )
        layers = {_text(name): group[_text(name)] for name in group.attrs["layer_names"]}
        return {
            f"{number}. weight of the layers ({layer})": shape
            for number, (layer, shape) in enumerate(_legacy_shapes(layers))
        }


def _legacy_shapes(layers: Mapping[str, Any]) -> Iterator[tuple[str, Shape]]:
    for layer, group in layers.items():
        for weight in group.attrs["weight_names"]:
            yield layer, group[_text(weight)].shape


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
