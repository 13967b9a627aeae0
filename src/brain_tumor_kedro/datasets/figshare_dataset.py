"""The Figshare source: a folder of MATLAB v7.3 files, one slice each."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import h5py
import numpy as np
from kedro.io import AbstractDataset, DatasetError

from brain_tumor_kedro.datasets.hdf5_arrays import open_member, read_array
from brain_tumor_kedro.datasets.local_file import replacing
from brain_tumor_kedro.datasets.published_folds import INDEX, assign_published_folds
from brain_tumor_kedro.datasets.source import (
    NotAnImageError,
    Picture,
    Source,
    SourceFile,
    make_storable,
    name_image,
    walk_files,
)
from brain_tumor_kedro.tasks import PHANTOM

T = TypeVar("T")

LABELS = {1: "meningioma", 2: "glioma", 3: "pituitary"}
SOURCE = "figshare"
#: How HDF5 files begin, MATLAB's after a block of text of 512 bytes.
HDF5 = b"\x89HDF\r\n\x1a\n"
EXPECTED = (
    "Expected the Figshare brain tumor data set (Cheng 2017, article 1512427) under {folder}: "
    "3,064 MATLAB v7.3 files <n>.mat, in any depth. To get it: kedro run --pipelines acquisition. "
    "By hand: download the four archives from https://doi.org/10.6084/m9.figshare.1512427 and "
    "unpack them there."
)
HEADER = b"MATLAB 7.3 MAT-file, Platform: PCWIN64, HDF5 schema 1.00 .".ljust(116)


@dataclass(frozen=True)
class FigshareFile(SourceFile):
    """One `.mat` file. Its label and patient are known once it is decoded."""

    def decode(self, content: bytes) -> Picture:
        """Read the struct `cjdata` from the file's bytes.

        Args:
            content: The whole file.

        Returns:
            The slice `(h, w)`, `int16` in the files as published, with label and patient id.

        Raises:
            NotAnImageError: Where the bytes are no MATLAB file, or hold no struct `cjdata`.
            ValueError: Where the file is cut short, damaged, or not as published.
        """
        return _read(content, _read_struct)

    def decode_mask(self, content: bytes) -> np.ndarray:
        """Read where the tumor lies, as the collection's authors outlined it.

        Args:
            content: The whole file.

        Returns:
            Bool `(h, w)`, True in the tumor, as a viewer shows it beside the slice.

        Raises:
            NotAnImageError: Where the bytes are no MATLAB file, or hold no struct `cjdata`.
            ValueError: Where the file is cut short, damaged, or not as published, or the mask is
                of another shape than the slice.
        """
        return _read(content, _read_mask)


def _read(content: bytes, part: Callable[[h5py.Group], T]) -> T:
    """Read a part of the struct `cjdata`; see `FigshareFile.decode` for what is raised."""
    if HDF5 not in content[:4096]:
        raise NotAnImageError(f"expected a MATLAB v7.3 file, found {_name_kind(content)}")
    try:
        # The bytes as they lie in memory: through a file object every read would be a call
        # back into Python.
        with h5py.File(h5py.h5f.open_file_image(content)) as mat:
            return part(_find_struct(mat))
    except NotAnImageError:
        raise
    except Exception as error:
        # Broken HDF5 raises almost anything.
        raise ValueError(f"expected a MATLAB v7.3 file with a struct cjdata: {error}") from error


def _name_kind(content: bytes) -> str:
    if content.startswith(b"MATLAB 5.0"):
        return "one of MATLAB v7 or earlier; save it with -v7.3"
    return "something else"


def _find_struct(mat: h5py.File) -> h5py.Group:
    struct = open_member(mat, "cjdata")
    if not isinstance(struct, h5py.Group) or "image" not in struct:
        raise NotAnImageError(f"expected a struct cjdata with an image, found {list(mat)[:5]}")
    return struct


def decode_slice(content: bytes) -> Picture:
    """Read the slice of a `.mat` file alone: neither its label nor its patient.

    Args:
        content: The whole file.

    Returns:
        The slice `(h, w)`.

    Raises:
        NotAnImageError: Where the bytes are no MATLAB file, or hold no struct `cjdata`.
        ValueError: Where the file is cut short or damaged.
    """
    return _read(content, lambda struct: Picture(_read_image(struct), "I;16"))


def _read_struct(struct: h5py.Group) -> Picture:
    number = float(read_array(struct, "label").flat[0])
    if number not in LABELS:
        raise ValueError(f"expected a label in {sorted(LABELS)}, found {number:g}")
    return Picture(_read_image(struct), "I;16", LABELS[int(number)], _read_patient(struct))


def _read_image(struct: h5py.Group) -> np.ndarray:
    # MATLAB stores columns first: HDF5 readers see every array transposed.
    pixels = read_array(struct, "image").T
    if pixels.ndim != 2 or pixels.dtype.kind not in "iuf":
        raise ValueError(f"expected image (h, w) of numbers, found {pixels.dtype} {pixels.shape}")
    return pixels


def _read_mask(struct: h5py.Group) -> np.ndarray:
    mask, shape = read_array(struct, "tumorMask").T, struct["image"].shape[::-1]
    if mask.shape != shape or mask.dtype.kind not in "biuf":
        found = f"{mask.dtype} {mask.shape}"
        raise ValueError(f"expected tumorMask {shape} of numbers, as the image, found {found}")
    return mask > 0


def _read_patient(struct: h5py.Group) -> str | None:
    values = read_array(struct, "PID").ravel().tolist()
    if struct["PID"].attrs.get("MATLAB_class") in {b"char", "char"}:
        text = "".join(chr(value) for value in values)
    else:
        text = "-".join(f"{value:g}" for value in values)
    return make_storable(text.strip("\x00").strip()) or None


class FigshareSlice(Protocol):
    """What a `.mat` file holds, arrays as a viewer shows them.

    Attributes:
        patient_id: Any text.
        label: 1 meningioma, 2 glioma, 3 pituitary.
        image: `(h, w)` int16.
        border: The tumor's outline, `(2k,)` float64 as x1, y1, x2, y2, …
        mask: `(h, w)` uint8, 1 inside the tumor.
    """

    patient_id: str
    label: int
    image: np.ndarray
    border: np.ndarray
    mask: np.ndarray


class FigshareDataset(AbstractDataset[Mapping[str, FigshareSlice | np.ndarray], Source]):
    """The folder of Figshare's `.mat` files, listed at once and read lazily.

    Loading returns a `Source` with one `FigshareFile` for every file of any depth but the
    article's text files. The published index of folds, `cvind.mat`, is no slice: it gives the files
    their `published_fold`, and a note of the source says where it does not fit them. Saving writes
    slices and an index in the same formats and never beside other files.

    Example:
        ```yaml
        figshare:
          type: brain_tumor_kedro.datasets.FigshareDataset
          path: data/01_raw/figshare
        ```

    Source: Cheng et al., PLOS ONE 10(10): e0140381, doi:10.1371/journal.pone.0140381.
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the folder; nothing is read yet."""
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> Source:
        """List the files, in order of their ids."""
        found = [path for path in walk_files(self._path) if path.suffix.lower() != ".txt"]
        paths = [path for path in found if path.name != INDEX]
        indexes = [path for path in found if path.name == INDEX]
        folds, notes = assign_published_folds(paths, indexes)
        files = tuple(
            FigshareFile(name_image(path, self._path), path, SOURCE, published_fold=folds.get(path))
            for path in paths
        )
        return Source(files, EXPECTED.format(folder=self._path), notes)

    def save(self, data: Mapping[str, FigshareSlice | np.ndarray]) -> None:
        """Write slices and the index of their folds as `.mat` files.

        Args:
            data: From file name to slice; an index is an array `(n,)` of folds.

        Raises:
            DatasetError: Where the folder holds other files, which might be real data.
        """
        refuse_to_mix(self._path, set(data))
        for name, value in data.items():
            content = encode_folds(value) if isinstance(value, np.ndarray) else encode_slice(value)
            with replacing(self._path / name) as partial:
                partial.write_bytes(content)

    def _exists(self) -> bool:
        return any(True for _ in walk_files(self._path))

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path)}


def encode_slice(slice_: FigshareSlice) -> bytes:
    """One slice as the bytes of a MATLAB v7.3 file."""
    with _matlab_file() as (buffer, mat):
        struct = mat.create_group("cjdata")
        struct.attrs["MATLAB_class"] = np.bytes_("struct")
        packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        codes = np.frombuffer(slice_.patient_id.encode("utf-16-le"), dtype=np.uint16)
        _put(struct, "PID", codes[:, None], "char")
        _put(struct, "image", slice_.image.T.astype(np.int16), "int16", **packed)
        _put(struct, "label", np.array([[float(slice_.label)]]), "double")
        _put(struct, "tumorBorder", np.asarray(slice_.border, np.float64)[None, :], "double")
        _put(struct, "tumorMask", slice_.mask.T.astype(np.uint8), "uint8", **packed)
    return _with_header(buffer)


def encode_folds(folds: np.ndarray) -> bytes:
    """The folds `(n,)` of n files as the bytes of `cvind.mat`."""
    with _matlab_file() as (buffer, mat):
        _put(mat, "cvind", np.asarray(folds, np.float64)[None, :], "double")
    return _with_header(buffer)


@contextmanager
def _matlab_file() -> Iterator[tuple[io.BytesIO, h5py.File]]:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=512, track_order=False) as mat:
        yield buffer, mat


def _with_header(buffer: io.BytesIO) -> bytes:
    content = HEADER + bytes(8) + b"\x00\x02IM"
    return content + buffer.getvalue()[len(content) :]


def _put(struct: h5py.Group, name: str, value: np.ndarray, kind: str, **options: Any) -> None:
    struct.create_dataset(name, data=value, **options).attrs["MATLAB_class"] = np.bytes_(kind)


def refuse_to_mix(folder: Path, names: set[str]) -> None:
    """Raise `DatasetError` where generated images would come to lie beside other data.

    Args:
        folder: The source's folder. Its neighbors are looked at too: they are sources as well.
        names: What is about to be written, from that folder.
    """
    mine = {folder / name for name in names}
    others = [path for path in walk_files(folder.parent) if path not in mine]
    others = [path for path in others if not _is_generated(path.relative_to(folder.parent))]
    if others:
        raise DatasetError(
            f"Expected {folder.parent} to be empty or to hold this sample alone, found "
            f"{len(others)} other files such as {others[0].relative_to(folder.parent)}. Generated "
            "images are never mixed with other data: give an empty folder with --params raw_dir=…"
        )


def _is_generated(path: Path) -> bool:
    return PHANTOM in path.as_posix() or path.as_posix() == "planted.json"
