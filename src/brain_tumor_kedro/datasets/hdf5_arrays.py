"""Arrays in HDF5 files of strangers: nothing from other files, and no more than is declared."""

import math
import zlib

import h5py
import numpy as np

#: Largest array read from a file, in bytes.
MAX_ARRAY = 2**28
#: Most values of one, about as many as Pillow takes from a picture: packed, zeros cost a file
#: nearly nothing, and what is computed from each pixel takes several bytes more than its value.
MAX_VALUES = 2**26
#: Filters by their numbers: deflate, shuffle, checksum. MATLAB uses no others.
DEFLATE, KNOWN = 1, {1, 2, 3}
#: A packed chunk up to here becomes at most `MAX_ARRAY`: deflate packs to a 1,032nd at best.
HARMLESS = MAX_ARRAY // 1032
#: Bytes of a checksum.
CHECKSUM = 4


def open_member(group: h5py.Group, name: str) -> object:
    """A member that lies in the file itself, or None.

    A link can name any other file of the machine that reads it.
    """
    link = group.get(name, getlink=True)
    return group.get(name) if isinstance(link, h5py.HardLink) else None


def read_array(group: h5py.Group, name: str) -> np.ndarray:
    """Read an array.

    Args:
        group: Where it lies.
        name: Its name.

    Returns:
        The array, any shape and type.

    Raises:
        ValueError: Where there is none in the file itself, it is too large, or packed so that it
            becomes larger than it says.
    """
    array = open_member(group, name)
    if not isinstance(array, h5py.Dataset) or array.external or array.is_virtual:
        raise ValueError(f"expected an array {name} in the file itself")
    if array.size > MAX_VALUES or array.size * array.dtype.itemsize > MAX_ARRAY:
        most = f"{MAX_VALUES:,} values and {MAX_ARRAY:,} bytes"
        raise ValueError(f"expected {name} of at most {most}, found shape {array.shape}")
    _require_honest(array, name)
    return np.asarray(array)


def _require_honest(array: h5py.Dataset, name: str) -> None:
    """HDF5 unpacks a chunk to its end, however small it says that the chunk is."""
    if array.chunks is None:
        return
    created = array.id.get_create_plist()
    filters = {created.get_filter(place)[0] for place in range(created.get_nfilters())}
    if not filters <= KNOWN:
        raise ValueError(f"expected {name} plain or packed by deflate")
    most = math.prod(array.chunks) * array.dtype.itemsize + CHECKSUM
    for place in range(array.id.get_num_chunks()):
        chunk = array.id.get_chunk_info(place)
        if chunk.size > HARMLESS and DEFLATE in filters and chunk.filter_mask == 0:
            unpacking = zlib.decompressobj()
            packed = array.id.read_direct_chunk(chunk.chunk_offset)[1]
            # A byte more than there may be, or a tail that is left, tells a bomb.
            if len(unpacking.decompress(packed, most + 1)) > most or unpacking.unconsumed_tail:
                raise ValueError(f"expected {name} of the size that it says, found more")
