"""Packing: kept images decoded once more, brought to one size, into one array on disk."""

import tempfile
import zlib
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.manifest import decoded, kept
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.quality import hash_pixels, to_gray


class PackingSettings(BaseModel):
    """How images are packed.

    Attributes:
        size: Side of the packed images, in pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(299, ge=32, le=2048)


def pack_images(
    manifest: pd.DataFrame,
    files: Sequence[ImageFile],
    settings: PackingSettings,
    parallel: ParallelSettings,
) -> tuple[np.ndarray, pd.DataFrame]:
    """Pack the kept images, in order of their ids.

    Args:
        manifest: With `split`.
        files: The files of all sources.
        settings: The size.
        parallel: Where the decoding runs.

    Returns:
        The images, `(n, size, size)` uint8, in a temporary file mapped into memory, and the
        manifest with `row` and `packed_hash`.

    Raises:
        ValueError: Where a file has changed or gone since it was inspected.
    """
    rows = kept(manifest).sort_values("image_id")
    by_id = {file.image_id: file for file in files}
    chosen = [
        (by_id[image_id], expected)
        for image_id, expected in zip(rows["image_id"], rows["pixel_hash"], strict=True)
    ]
    images = temporary_array((len(rows), settings.size, settings.size))
    work = partial(_pack_unchanged, size=settings.size)
    for row, image in enumerate(map_files(work, chosen, parallel, "Packing images")):
        images[row] = image
    hashes = [hash_packed(image) for image in images]
    table = manifest.assign(
        row=pd.Series(range(len(rows)), index=rows.index, dtype="Int64"),
        packed_hash=pd.Series(hashes, index=rows.index, dtype="str"),
    )
    return images, table


def pack_decoded(
    manifest: pd.DataFrame,
    files: Sequence[ImageFile],
    settings: PackingSettings,
    parallel: ParallelSettings,
) -> tuple[np.ndarray, "pd.Series[int]"]:
    """Pack every image that shows a slice, rejected copies included.

    Args:
        manifest: Of a curation.
        files: The files of all sources.
        settings: The size.
        parallel: Where the decoding runs.

    Returns:
        The images, `(n, size, size)` uint8, in a temporary file mapped into memory, and the row of
        each, indexed by `image_id`.

    Raises:
        ValueError: Where a file has changed or gone since it was inspected.
    """
    rows = decoded(manifest)
    if gone := sorted(set(rows["image_id"]) - {file.image_id for file in files}):
        raise ValueError(
            f"{len(gone)} files of the manifest are gone, such as {gone[0]}. Name the folder that "
            "was curated with --params raw_dir=…, or curate again: kedro run --pipelines curation"
        )
    images, packed = pack_images(rows.assign(status="kept"), files, settings, parallel)
    return images, packed.set_index("image_id")["row"].astype("int64")


def _pack_unchanged(job: tuple[ImageFile, str], size: int) -> np.ndarray:
    return fit_square(read_unchanged(*job), size)


def read_unchanged(file: ImageFile, expected: str) -> np.ndarray:
    """Read a file that must show what it showed when it was inspected.

    Args:
        file: Of a source.
        expected: The manifest's `pixel_hash`.

    Returns:
        `(h, w)` uint8 gray.

    Raises:
        ValueError: Where the file has changed or gone.
    """
    gray = read_gray(file)
    if hash_pixels(gray) != expected:
        raise ValueError(_changed(file, "it shows another image now"))
    return gray


def read_gray(file: ImageFile) -> np.ndarray:
    """Read a file that was inspected before.

    Returns:
        `(h, w)` uint8 gray.

    Raises:
        ValueError: Where the file cannot be read any more.
    """
    try:
        return to_gray(file.decode(file.path.read_bytes()).pixels)
    except (OSError, ValueError) as error:
        raise ValueError(_changed(file, f"it cannot be read now: {error}")) from error


def _changed(file: ImageFile, how: str) -> str:
    return (
        f"{file.path} has changed since it was inspected: {how}. Leave the sources as they are "
        "while a run reads them, and curate again: kedro run --pipelines curation"
    )


def fit_square(
    gray: np.ndarray, size: int, resampling: Image.Resampling = Image.Resampling.BILINEAR
) -> np.ndarray:
    """Scale an image to fit a square and center it on black, its proportions kept.

    Args:
        gray: `(h, w)` uint8.
        size: Side of the square in pixels.
        resampling: How pixels are read between those that there are; nearest for masks.

    Returns:
        `(size, size)` uint8, by default filtered bilinearly with antialiasing.
    """
    height, width = gray.shape
    scale = size / max(height, width)
    new = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(gray).resize(new, resampling)
    square = Image.new("L", (size, size), 0)
    square.paste(image, ((size - new[0]) // 2, (size - new[1]) // 2))
    return np.asarray(square)


def hash_packed(image: np.ndarray) -> str:
    """CRC-32 of a packed image, 8 hexadecimal digits."""
    return f"{zlib.crc32(np.ascontiguousarray(image).data):08x}"


def require_same_images(images: np.ndarray, manifest: pd.DataFrame) -> None:
    """Stop where packed images do not belong to the manifest.

    Two files that a run writes one after the other can come apart when the run is interrupted.

    Args:
        images: `(n, h, w)` or `(n, h, w, 3)` uint8.
        manifest: With `row` and `packed_hash`.

    Raises:
        ValueError: Where the number of images or the pixels of any row differ.
    """
    rows = kept(manifest).sort_values("row")
    if len(rows) != len(images):
        raise ValueError(_mismatch(f"{len(rows)} kept images and {len(images)} packed ones"))
    for row, (image, expected) in enumerate(zip(images, rows["packed_hash"], strict=True)):
        if hash_packed(image) != expected:
            raise ValueError(_mismatch(f"another image in row {row}"))


def _mismatch(found: str) -> str:
    return (
        f"The packed images are not those of the manifest: found {found}. An interrupted run may "
        "have left them so. Curate again: kedro run --pipelines curation"
    )


def temporary_array(shape: tuple[int, ...]) -> np.ndarray:
    """An empty uint8 array in a temporary file that is mapped into memory."""
    if 0 in shape:
        return np.zeros(shape, np.uint8)
    # The file has no name any more: it goes when the array does, however the run ends.
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=np.uint8, mode="w+", shape=shape)
