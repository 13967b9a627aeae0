"""The folds that Figshare publishes: `cvind.mat`, a number from 1 to 5 for every file."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from scipy.io import loadmat, whosmat

INDEX = "cvind.mat"
FOLDS = 5
#: Files that are published, and so values that a published index has.
PUBLISHED_FILES = 3064
MAX_BYTES = 2**22
NUMBER = re.compile(r"(?:phantom_)?(\d{1,9})\.mat")


def assign_published_folds(
    paths: Sequence[Path], indexes: Sequence[Path]
) -> tuple[dict[Path, int], tuple[str, ...]]:
    """Look up the published fold of every file.

    The fold of `<n>.mat` is the n-th value. No fold is better than a wrong one: where anything
    does not fit, no file gets any.

    Args:
        paths: The source's files, in any depth.
        indexes: Files named `cvind.mat`; several must agree.

    Returns:
        The fold by path, 1 to 5, for the files that have one; and what does not fit, a sentence.
    """
    if not indexes:
        return {}, ()
    try:
        folds = _read_one(indexes)
        numbers = _number_files(paths, len(folds))
    except (OSError, ValueError) as error:
        return {}, (f"No published folds: {error}",)
    known = {path: int(folds[number - 1]) for path, number in numbers.items()}
    nameless = [path.name for path in paths if path.suffix == ".mat" and path not in known]
    if not nameless:
        return known, ()
    note = f"Files without a number have no published fold: {len(nameless)}, such as {nameless[0]}."
    return known, (note,)


def _read_one(indexes: Sequence[Path]) -> np.ndarray:
    found = {path: read_folds(path) for path in indexes}
    first = found[indexes[0]]
    for path, folds in found.items():
        if not np.array_equal(folds, first):
            raise ValueError(f"{indexes[0]} and {path} differ. Leave the published one alone.")
    return first


def _number_files(paths: Sequence[Path], length: int) -> dict[Path, int]:
    names = ((path, NUMBER.fullmatch(path.name)) for path in paths)
    numbers = {path: int(match[1]) for path, match in names if match}
    twice = [number for number, n in Counter(numbers.values()).items() if n > 1]
    if twice:
        raise ValueError(f"several files are number {twice[0]}, which one the index means is open.")
    whole = set(numbers.values()) == set(range(1, length + 1))
    published = length == PUBLISHED_FILES and all(1 <= n <= length for n in numbers.values())
    if not (whole or published):
        raise ValueError(
            f"expected an index of {PUBLISHED_FILES:,} values and files numbered within, found "
            f"{length:,} values and {len(numbers):,} numbered files up to "
            f"{max(numbers.values(), default=0):,}."
        )
    return numbers


def read_folds(path: Path) -> np.ndarray:
    """Read the index.

    Args:
        path: MATLAB v7.3 (HDF5) or older, with a variable `cvind` of n x 1 or 1 x n numbers.

    Returns:
        `(n,)` int64, 1 to 5.

    Raises:
        ValueError: Where it is no such file, or a value is no fold.
        OSError: Where it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"expected {path} to have at most {MAX_BYTES:,} bytes.")
    content = path.read_bytes()
    try:
        values = _read_hdf5(content) if h5py.is_hdf5(path) else _read_v5(content)
    except Exception as error:
        # Broken files raise almost anything.
        raise ValueError(f"{path} cannot be read as a .mat file with cvind: {error}") from error
    if values.dtype.kind not in "iuf" or max(values.shape, default=0) != values.size:
        raise ValueError(f"expected numbers n x 1 in {path}, found {values.dtype} {values.shape}.")
    folds = values.ravel()
    wrong = folds[~np.isin(folds, np.arange(1, FOLDS + 1))]
    if len(wrong) or not len(folds):
        raise ValueError(f"expected folds 1 to {FOLDS} in {path}, found {wrong[:3].tolist()}.")
    return folds.astype(np.int64)


def _read_hdf5(content: bytes) -> np.ndarray:
    with h5py.File(io.BytesIO(content), "r") as mat:
        _require_small(mat["cvind"].size)
        return np.asarray(mat["cvind"])


def _read_v5(content: bytes) -> np.ndarray:
    shapes = {name: shape for name, shape, _ in whosmat(io.BytesIO(content))}
    _require_small(int(np.prod(shapes["cvind"])))
    return np.asarray(loadmat(io.BytesIO(content), variable_names=["cvind"])["cvind"])


def _require_small(size: int) -> None:
    # A few bytes can declare an array that no memory holds.
    if size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} values, found {size:,}")
