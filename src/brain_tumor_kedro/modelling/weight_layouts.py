"""Layouts: which weights a model has, or a file, under what names and in what shapes."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import keras
import numpy as np

#: A layer's name and the shape of one of its weights.
Weight = tuple[str, tuple[int, ...]]
#: All weights of a model or file, by what identifies them: their order, or their path.
Layout = dict[str, Weight]

DIFFERENCES_SHOWN = 5


def layout_of(model: keras.Model) -> Layout:
    """List a model's weights.

    Args:
        model: A built model.

    Returns:
        Its weights by their order, layer by layer.
    """
    return by_order(
        (layer.name, tuple(weight.shape))
        for layer in model.layers
        for weight in (*layer.trainable_weights, *layer.non_trainable_weights)
    )


def by_order(weights: Iterator[Weight] | Sequence[Weight]) -> Layout:
    """Identify weights by their order.

    Args:
        weights: Layers' names and shapes.

    Returns:
        The same by number.
    """
    return {str(number): weight for number, weight in enumerate(weights)}


def layout_if_saved(model: keras.Model) -> Layout:
    """List a model's weights as Keras 3 would lay them out in a file.

    Args:
        model: A built model.

    Returns:
        Its weights by their path in a `.weights.h5` file.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.weights.h5"
        model.save_weights(path)
        return read_layout(path)


def read_layout(path: Path) -> Layout:
    """List the weights in a `.weights.h5` file of Keras 3.

    Args:
        path: The file.

    Returns:
        Its weights by their path in it.
    """
    layout: Layout = {}

    def visit(key: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and not key.startswith("optimizer"):
            layout[key] = (str(item.parent.attrs.get("name", key)), item.shape)

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return layout


def read_legacy(path: Path) -> list[tuple[str, np.ndarray]]:
    """Read a `.h5` file of Keras 2: weights alone, or a whole model.

    Args:
        path: The file.

    Returns:
        For each weight the layer's name and its values, in the order of the file.

    Raises:
        ValueError: Where the file has another layout.
    """
    with h5py.File(path, "r") as file:
        layers = file.get("model_weights", file)
        names = _read_names(layers, "layer_names")
        if names is None:
            raise ValueError(
                f"{path} has no list of layers. Expected the layout of Keras 2; what Keras 3 "
                "writes with save_weights ends in .weights.h5."
            )
        return [
            (layer, _read_weight(layers[layer], weight, path))
            for layer in names
            for weight in _read_names(layers[layer], "weight_names") or []
        ]


def _read_names(group: h5py.Group, attribute: str) -> list[str] | None:
    """Read a list of names; Keras 2 cut long ones into `<attribute>0`, `<attribute>1`, ..."""
    if attribute in group.attrs:
        return [_text(name) for name in group.attrs[attribute]]
    parts: list[list[bytes]] = []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(group.attrs[f"{attribute}{len(parts)}"])
    return [_text(name) for part in parts for name in part] if parts else None


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _read_weight(layer: h5py.Group, name: str, path: Path) -> np.ndarray:
    if name not in layer:
        raise ValueError(
            f"{path} lists {name} of layer {layer.name.rsplit('/', 1)[-1]}, but does not hold it: "
            "it is incomplete. Fetch or save it again."
        )
    return np.asarray(layer[name])


def check_fit(path: Path, found: Layout, wanted: Layout) -> None:
    """Require that a file holds a model's weights, all of them and nothing else.

    Args:
        path: The file, for the message.
        found: What is in it.
        wanted: What the model has.

    Raises:
        ValueError: Where a layer or a shape differs, or layers are in another order.
    """
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
    _check_order(path, [found[key][0] for key in wanted], [name for name, _ in wanted.values()])


def _check_order(path: Path, found: list[str], wanted: list[str]) -> None:
    """Refuse the same layers in another order: shapes that happen to agree would be swapped."""
    found, wanted = _renumbered(found), _renumbered(wanted)
    if found == wanted or set(found) != set(wanted):  # other names say nothing about the order
        return
    theirs, ours = next(pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1])
    raise ValueError(
        f"{path} holds the layers of the backbone in another order, so nothing of it was loaded: "
        f"{theirs} is where {ours} should be. Save it again with this version of Keras."
    )


def _renumbered(names: list[str]) -> list[str]:
    """Spell names as Keras 3 does, and count layers without a name of their own from 0."""
    names = [name.replace("/", "_") for name in names]
    numbered = {name: re.fullmatch(r"(.*?)(?:_(\d+))?", name) for name in dict.fromkeys(names)}
    automatic = ("conv2d", "batch_normalization", "normalization", "layer_normalization")
    renumbered = {}
    for stem in automatic:
        same = [name for name, match in numbered.items() if match and match[1] == stem]
        same.sort(key=lambda name: int(name[len(stem) + 1 :] or 0))
        renumbered.update({name: f"{stem}_{number}" for number, name in enumerate(same)})
    return [renumbered.get(name, name) for name in names]


def _difference(found: Weight | None, wanted: Weight | None) -> str:
    if wanted is None:
        return f"{found[0]} {found[1]} is in the file, but not in the model" if found else ""
    if found is None:
        return f"{wanted[0]} {wanted[1]} is in the model, but not in the file"
    return f"{wanted[0]} is {wanted[1]} in the model, but {found[1]} ({found[0]}) in the file"
