"""Numbers and arrays in files, written whole or not at all, without pickle."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

#: Of the files' layout; raise it where older files can no longer be read.
FORMAT = 1

#: What NumPy and zipfile raise where a file was cut or changed: one flipped bit can ask for a
#: version of zip that is not implemented.
UNREADABLE = (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile)

Arrays = Mapping[str, Sequence[np.ndarray]]


@dataclass(frozen=True)
class State:
    """What a program needs to go on.

    Attributes:
        fields: Whatever JSON can hold.
        arrays: Lists of arrays by name.
    """

    fields: Mapping[str, Any]
    arrays: Arrays


class StateFolder:
    """The newest state, in two files: what stays for a while, and what changes each time.

    An array is stored under the SHA-256 of its content, once, however often it comes: a frozen
    backbone is written when a phase of training begins, not after each of its epochs, and the best
    weights cost nothing while they are the present ones.

    Example:
        >>> folder = StateFolder(tmp_path)
        >>> folder.save(State({"epoch": 0}, {"weights": [np.ones(3)]}), lasting=True)
        >>> folder.load().fields
        {'epoch': 0}
    """

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made yet.

        Args:
            path: No other `.npz` lies there.
        """
        self._path = path
        self._file = path / "state.npz"
        self._lasting_file = ""
        self._lasting: frozenset[str] = frozenset()

    def save(self, state: State, *, lasting: bool = False) -> None:
        """Replace the state before, which stays valid until this one is complete on the disk.

        Args:
            state: No array of Python objects among its arrays.
            lasting: Its arrays are expected in the next states too, so keep them apart.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        digests = {
            name: [_digest(each) for each in arrays] for name, arrays in state.arrays.items()
        }
        content = {
            digest: array
            for name, arrays in state.arrays.items()
            for digest, array in zip(digests[name], arrays, strict=True)
        }
        if lasting:
            self._keep_apart(content)
        text = {
            "format": FORMAT,
            "lasting": self._lasting_file,
            "fields": state.fields,
            "arrays": digests,
        }
        changed = {
            digest: array for digest, array in content.items() if digest not in self._lasting
        }
        with _replacing(self._file) as partial:
            np.savez(partial, allow_pickle=False, state=np.array(json.dumps(text)), **changed)
        self._sweep()

    def load(self) -> State | None:
        """Read the newest state.

        Returns:
            The state; None where there is none.

        Raises:
            ValueError: Where it is there but cannot be read.
        """
        if not self._file.is_file():
            return None
        try:
            return self._read()
        except UNREADABLE as error:
            raise ValueError(f"{self._file} is broken or incomplete ({error}).") from error

    def clear(self) -> bool:
        """Delete everything, the state itself first: the rest is nothing without it.

        Returns:
            Whether there was a state.
        """
        found = self._file.is_file()
        self._file.unlink(missing_ok=True)
        self._lasting_file, self._lasting = "", frozenset()
        self._sweep()
        return found

    def _read(self) -> State:
        arrays = _load(self._file)
        text = json.loads(str(arrays.pop("state")))
        if text["format"] != FORMAT:
            raise ValueError(f"it has format {text['format']}, expected {FORMAT}")
        if text["lasting"]:
            lasting = _load(self._path / text["lasting"])
            self._lasting_file, self._lasting = text["lasting"], frozenset(lasting)
            arrays |= lasting
        named = {
            name: [arrays[digest] for digest in digests] for name, digests in text["arrays"].items()
        }
        return State(text["fields"], named)

    def _keep_apart(self, content: Mapping[str, np.ndarray]) -> None:
        name = hashlib.sha256("".join(sorted(content)).encode()).hexdigest()
        self._lasting_file, self._lasting = f"lasting-{name[:16]}.npz", frozenset(content)
        with _replacing(self._path / self._lasting_file) as partial:
            np.savez(partial, allow_pickle=False, **content)

    def _sweep(self) -> None:
        """Delete what the newest state does not need, and what killed programs left."""
        for path in [*self._path.glob("lasting-*.npz"), *self._path.glob(".*.partial.npz")]:
            if path.name != self._lasting_file:
                path.unlink(missing_ok=True)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, and put what was written in place once it is on the disk."""
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial.npz")
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)  # noqa: PTH105
    finally:
        partial.unlink(missing_ok=True)


def _load(path: Path) -> dict[str, np.ndarray]:
    # NumPy leaves a file that it opened itself open where it is no archive.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _digest(array: np.ndarray) -> str:
    content = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{content.dtype}{array.shape}".encode())
    digest.update(content.view(np.uint8).data)
    return digest.hexdigest()
