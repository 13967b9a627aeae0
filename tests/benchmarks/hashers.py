"""imagehash and imagededup, as their users call them, for `duplicates.py` to compare with."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from PIL import Image

Pairs = set[frozenset[str]]


def search_imagehash(folder: Path) -> Pairs:
    import imagehash

    def digest(path: Path) -> np.ndarray:
        return imagehash.phash(Image.open(path)).hash.ravel()

    paths = sorted(folder.glob("*.jpg"))
    bits = np.packbits(Parallel(n_jobs=-1)(delayed(digest)(path) for path in paths), axis=1)
    words = bits.view(np.uint64)[:, 0]
    near = [np.flatnonzero(np.bitwise_count(words ^ word) <= 10) for word in words]
    pairs = ((a, b) for a, row in enumerate(near) for b in row if a < b)
    return {frozenset((str(paths[a]), str(paths[b]))) for a, b in pairs}


def search_imagededup(method: str, **options: Any) -> Callable[[Path], Pairs]:
    def search(folder: Path) -> Pairs:
        methods = import_imagededup(needs_torchvision=method == "CNN")
        found = getattr(methods, method)(verbose=False).find_duplicates(str(folder), **options)
        return {
            frozenset((str(folder / a), str(folder / b))) for a, row in found.items() for b in row
        }

    return search


def import_imagededup(needs_torchvision: bool) -> ModuleType:
    """Its hashes need no torchvision, but it imports it: where it is broken, do without."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        if needs_torchvision:
            raise
        for name in ("", ".models", ".models.vision_transformer", ".transforms"):
            sys.modules[f"torchvision{name}"] = _StandIn(f"torchvision{name}")
    from imagededup import methods

    return methods


class _Anything(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Thing()


class _Thing(metaclass=_Anything):
    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __call__(self, *args: object, **kwargs: object) -> "_Thing":
        return _Thing()

    def __getattr__(self, name: str) -> "_Thing":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Thing()


class _StandIn(ModuleType):
    __path__: list[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (_Thing,), {})


OTHERS: dict[str, Callable[[Path], Pairs]] = {
    "imagededup CNN, its default of 0.9": search_imagededup("CNN"),
    "imagehash pHash, distance <= 10": search_imagehash,
    "imagededup pHash, its default of 10": search_imagededup("PHash"),
    "imagededup pHash, distance <= 4": search_imagededup("PHash", max_distance_threshold=4),
    "imagededup dHash, distance <= 4": search_imagededup("DHash", max_distance_threshold=4),
}
