"""What the file of a guard has to hold: a changed one must not answer as if nothing were wrong."""

from collections.abc import Mapping

import numpy as np

#: The axes of each array; those of one name are equally long.
SHAPES = {
    "centers": ("classes", "values"),
    "directions": ("directions", "values"),
    "variances": ("directions",),
    "rest": (),
    "threshold": (),
    "level": (),
    "val_images": (),
    "features": ("images", "features"),
    "image_ids": ("images",),
    "labels": ("images",),
}

#: Text; all others are numbers.
TEXTS = frozenset({"image_ids", "labels"})

#: NaN where validation was too small; both or neither.
MAY_BE_UNKNOWN = frozenset({"threshold", "level"})

#: Scores are divided by them.
ABOVE_ZERO = frozenset({"variances", "rest"})


def check_arrays(arrays: Mapping[str, np.ndarray]) -> None:
    """Stop at arrays that are not those of a guard.

    Args:
        arrays: By the names of `guard.Guard`'s attributes.

    Raises:
        ValueError: Says which one, what was expected and what it is.
    """
    if set(arrays) != set(SHAPES):
        raise ValueError(f"expected {_list(SHAPES)}, found {_list(arrays)}")
    lengths: dict[str, int] = {}
    for name, axes in SHAPES.items():
        _check_shape(name, arrays[name], axes, lengths)
        _check_values(name, arrays[name])
    _check_threshold(*(float(arrays[name]) for name in ("threshold", "level", "val_images")))


def _check_shape(
    name: str, array: np.ndarray, axes: tuple[str, ...], lengths: dict[str, int]
) -> None:
    fits = array.ndim == len(axes) and all(
        lengths.setdefault(axis, length) == length
        for axis, length in zip(axes, array.shape, strict=True)
    )
    if not fits or not array.size:
        expected = f"({', '.join(str(lengths.get(axis, axis)) for axis in axes)})"
        raise ValueError(f"expected {name} of shape {expected}, found {array.shape}")


def _check_values(name: str, array: np.ndarray) -> None:
    if name in TEXTS:
        if array.dtype.kind != "U":
            raise ValueError(f"expected text as {name}, found {array.dtype}")
        return
    if array.dtype.kind not in "fiu":
        raise ValueError(f"expected numbers as {name}, found {array.dtype}")
    known = np.isfinite(array) | (np.isnan(array) & (name in MAY_BE_UNKNOWN))
    if not known.all():
        raise ValueError(f"expected finite {name}, found others")
    if name in ABOVE_ZERO and not (array > 0).all():
        raise ValueError(f"expected {name} above 0, found others")


def _check_threshold(threshold: float, level: float, val_images: float) -> None:
    if np.isnan(threshold) != np.isnan(level):
        raise ValueError("expected a threshold and a level, or neither; found one of them")
    if val_images < 0 or val_images % 1:
        raise ValueError(f"expected a number of val_images, found {val_images:g}")
    if not np.isnan(level) and not (threshold >= 0 and 0 < level < 1 and val_images >= 1):
        raise ValueError(
            "expected a threshold of at least 0, a level between 0 and 1 and val_images, found "
            f"{threshold:g}, {level:g} and {val_images:g}"
        )


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "nothing"
