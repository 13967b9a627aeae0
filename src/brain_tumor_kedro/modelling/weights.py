"""Weights of a backbone: from a file that fits it whole, or from Keras with a clear error."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import h5py
import keras
import numpy as np

#: A layer's name and the shape of one of its weights.
Weight = tuple[str, tuple[int, ...]]
#: All weights of a model or file, by what identifies them: their order, or their path.
Layout = dict[str, Weight]

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
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a weights file at {path.absolute()}, found none. Give the path of a "
            ".weights.h5, .h5 or .keras file, or one of the words imagenet and none."
        )
    try:
        _load(model, path)
        _require_finite(model, path)
    except (OSError, BadZipFile) as error:
        raise ValueError(
            f"{path} is cut short or no weights file ({error}). Fetch or save it again."
        ) from error


def _require_finite(model: keras.Model, path: Path) -> None:
    for layer in model.layers:
        if not all(np.isfinite(weight).all() for weight in layer.get_weights()):
            raise ValueError(
                f"{path} holds weights of layer {layer.name} that are no numbers: the training "
                "that wrote it diverged, or the file is broken."
            )


def _load(model: keras.Model, path: Path) -> None:
    if path.suffix == ".keras":
        source = _saved_backbone(path, model)
        _check_fit(path, _layout(source), _layout(model))
        model.set_weights(source.get_weights())
    elif path.name.endswith(".weights.h5"):
        _check_fit(path, _read_layout(path), _layout_if_saved(model))
        model.load_weights(path)
    elif path.suffix in {".h5", ".hdf5"}:
        _check_fit(path, _read_legacy_layout(path), _layout(model))
        model.load_weights(path)
    else:
        raise ValueError(f"Expected a .weights.h5, .h5 or .keras file, received {path.name}.")


def _saved_backbone(path: Path, model: keras.Model) -> keras.Model:
    """Load a saved model, and of a classifier the part that has as many layers as the model."""
    if not is_zipfile(path):
        raise OSError("a .keras file is a zip archive")
    saved = keras.saving.load_model(path, compile=False)
    nested = (layer for layer in saved.layers if isinstance(layer, keras.Model))
    return next((part for part in nested if len(part.layers) == len(model.layers)), saved)


def _layout(model: keras.Model) -> Layout:
    weights = [
        (layer.name, tuple(weight.shape))
        for layer in model.layers
        for weight in (*layer.trainable_weights, *layer.non_trainable_weights)
    ]
    return {str(number): weight for number, weight in enumerate(weights)}


def _layout_if_saved(model: keras.Model) -> Layout:
    """Let Keras itself say how it would lay the model out in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.weights.h5"
        model.save_weights(path)
        return _read_layout(path)


def _read_layout(path: Path) -> Layout:
    layout: Layout = {}

    def visit(key: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and not key.startswith("optimizer"):
            layout[key] = (str(item.parent.attrs.get("name", key)), item.shape)

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return layout


def _read_legacy_layout(path: Path) -> Layout:
    with h5py.File(path, "r") as file:
        layers = file.get("model_weights", file)
        if "layer_names" not in layers.attrs:
            raise ValueError(
                f"{path} has no list of layers. Expected the layout of Keras 2; what Keras 3 "
                "writes with save_weights ends in .weights.h5."
            )
        weights = [
            (_text(layer), layers[_text(layer)][_text(weight)].shape)
            for layer in layers.attrs["layer_names"]
            for weight in layers[_text(layer)].attrs["weight_names"]
        ]
    return {str(number): weight for number, weight in enumerate(weights)}


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _check_fit(path: Path, found: Layout, wanted: Layout) -> None:
    keys = [*wanted, *(key for key in found if key not in wanted)]
    differences = [
        _difference(found.get(key), wanted.get(key))
        for key in keys
        if (found.get(key) or (None, None))[1] != (wanted.get(key) or (None, None))[1]
    ]
    if differences:
        shown = "; ".join(differences[:DIFFERENCES_SHOWN])
        more = len(differences) - DIFFERENCES_SHOWN
        raise ValueError(
            f"{path} does not fit the backbone, so nothing of it was loaded: {shown}"
            + (f"; and {more} more" if more > 0 else "")
            + ". Give the file of this very backbone, without its top."
        )


def _difference(found: Weight | None, wanted: Weight | None) -> str:
    if wanted is None:
        return f"{found[0]} {found[1]} is in the file, but not in the model" if found else ""
    if found is None:
        return f"{wanted[0]} {wanted[1]} is in the model, but not in the file"
    return f"{wanted[0]} is {wanted[1]} in the model, but {found[1]} ({found[0]}) in the file"
