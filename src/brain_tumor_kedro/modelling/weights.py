"""Weights from a file that fits a backbone whole, or an error that says where it does not."""

from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import keras
import numpy as np

from brain_tumor_kedro.modelling.inner_normalization import refresh
from brain_tumor_kedro.modelling.weight_layouts import (
    by_order,
    check_fit,
    layout_if_saved,
    layout_of,
    read_layout,
    read_legacy,
)


def load_weights(
    model: keras.Model, source: Path | list[np.ndarray] | None, *, end: str = ""
) -> None:
    """Give a model its weights.

    Args:
        model: A built backbone.
        source: A weights file, or weights as `get_weights` returns them; None leaves it as it is.
        end: See `load_weights_file`.

    Raises:
        FileNotFoundError: Where there is no such file.
        ValueError: Where the weights do not fit.
    """
    if isinstance(source, Path):
        load_weights_file(model, source, end=end)
    elif source is not None:
        set_weights(model, source)


def set_weights(model: keras.Model, values: list[np.ndarray]) -> None:
    """Set a model's weights, those of its normalization included.

    Args:
        model: A built model.
        values: As its `get_weights` returns them.
    """
    model.set_weights(values)
    refresh(model)


def load_weights_file(model: keras.Model, path: str | Path, *, end: str = "") -> None:
    """Load a weights file into a model, all of it or nothing.

    Args:
        model: A built backbone.
        path: `.weights.h5` (Keras 3), `.h5` (Keras 2, as `keras.applications` publishes them), or
            `.keras` (a saved backbone, or a saved model that holds one).
        end: Name of the model's last layer where a `.h5` file may go on after it.

    Raises:
        FileNotFoundError: Where there is no such file.
        ValueError: Where the file is of another kind, is broken, or does not fit; the message
            names the layers and shapes that differ.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a weights file at {path.absolute()}, found none. Give the path of a "
            ".weights.h5, .h5 or .keras file, or one of the words imagenet, radimagenet and none."
        )
    try:
        _load(model, path, end)
    except (OSError, BadZipFile, KeyError, RuntimeError) as error:  # the last two: parts missing
        raise ValueError(
            f"{path} is cut short or no weights file ({error}). Fetch or save it again."
        ) from error
    _require_finite(model, path)


def _load(model: keras.Model, path: Path, end: str) -> None:
    if path.suffix == ".keras":
        source = _saved_backbone(path, model)
        check_fit(path, layout_of(source), layout_of(model))
        set_weights(model, source.get_weights())
    elif path.name.endswith(".weights.h5"):
        check_fit(path, read_layout(path), layout_if_saved(model))
        model.load_weights(path)
    elif path.suffix in {".h5", ".hdf5"}:
        _load_legacy(model, path, end)
    else:
        raise ValueError(f"Expected a .weights.h5, .h5 or .keras file, received {path.name}.")


def _load_legacy(model: keras.Model, path: Path, end: str) -> None:
    """Read all of the file before anything of it is set."""
    weights = read_legacy(path)
    names = [name for name, _ in weights]
    if end in names:
        weights = weights[: len(names) - names[::-1].index(end)]
    check_fit(path, by_order([(name, value.shape) for name, value in weights]), layout_of(model))
    values = iter([value for _, value in weights])
    for layer in model.layers:
        layer.set_weights([next(values) for _ in layer.weights])
    refresh(model)


def _saved_backbone(path: Path, model: keras.Model) -> keras.Model:
    """Load a saved model, and of a classifier the part that looks like the backbone."""
    if not is_zipfile(path):
        raise OSError("a .keras file is a zip archive")
    saved = keras.saving.load_model(path, compile=False)
    nested = [layer for layer in saved.layers if isinstance(layer, keras.Model)]
    fitting = (part for part in (saved, *nested) if _shapes(part) == _shapes(model))
    likely = (part for part in nested if len(part.layers) == len(model.layers))
    return next(fitting, next(likely, saved))


def _shapes(model: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in model.weights]


def _require_finite(model: keras.Model, path: Path) -> None:
    for layer in model.layers:
        if not all(np.isfinite(weight).all() for weight in layer.get_weights()):
            raise ValueError(
                f"{path} holds weights of layer {layer.name} that are no numbers: the training "
                "that wrote it diverged, or the file is broken."
            )
