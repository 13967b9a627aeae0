"""Slices on disk while a cohort is inspected, and the packed array of those that are kept."""

import tempfile
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.cohort import CaseInspection, CohortSettings, inspect_case
from brain_tumor_kedro.imaging.manifest import build_manifest, kept
from brain_tumor_kedro.imaging.packing import PackingSettings, hash_packed, temporary_array
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.volume_case import VolumeCase
from brain_tumor_kedro.imaging.volumes import SliceSettings


def inspect_cases(
    cases: Sequence[VolumeCase],
    excluded: frozenset[str],
    classes: Sequence[str],
    cohort: CohortSettings,
    slices: SliceSettings,
    packing: PackingSettings,
    parallel: ParallelSettings,
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Read every case once.

    Args:
        cases: Of all sources.
        excluded: Ids of the cases that are dropped by hand.
        classes: The labels that are known.
        cohort: What a case must fulfill.
        slices: Which slices are cut.
        packing: The size of the images.
        parallel: Where the reading runs.

    Returns:
        The manifest with a row for every slice, whose `row` is its place in the stack, and for
        every case that cannot be used; the stack, `(n, size, size, 3)` uint8, in a temporary file
        mapped into memory; and the measures of the usable cases, indexed by their `image_id`.
    """
    in_order = sorted(cases, key=lambda case: case.image_id)
    work = partial(
        inspect_case,
        excluded=excluded,
        classes=classes,
        cohort=cohort,
        slices=slices,
        size=packing.size,
    )
    found = map_files(work, in_order, parallel, "Reading cases", unit="case", batch=1)
    rows, measures, stack = _write_down(found, in_order, (packing.size, len(cohort.channels)))
    table = pd.DataFrame.from_dict(measures, orient="index")
    columns = ["depth", "tumor_slices", "tumor_ml", "largest_mm2"]
    return build_manifest(rows), stack, table.reindex(columns=columns).astype("float64")


def _write_down(
    found: Iterable[CaseInspection], cases: Sequence[VolumeCase], shape: tuple[int, int]
) -> tuple[list[dict[str, object]], dict[str, dict[str, float]], np.ndarray]:
    """Write the slices to a file as they come: nothing but the rows stays in memory."""
    rows, measures, number = [], dict[str, dict[str, float]](), 0
    size, channels = shape
    # The file has no name any more: it goes when the array does, however the run ends.
    with tempfile.TemporaryFile() as file:
        for case, inspection in zip(cases, found, strict=True):
            places = range(number, number + len(inspection.images))
            numbered = zip(inspection.rows, places, strict=False)
            rows += [row | {"row": place} for row, place in numbered] or inspection.rows
            file.write(inspection.images.data)
            number += len(places)
            if inspection.measures:
                measures[case.image_id] = inspection.measures
        file.flush()
        whole = (number, size, size, channels)
        empty = np.zeros(whole, np.uint8)
        stack = np.memmap(file, np.uint8, "r", shape=whole) if number else empty
    return rows, measures, stack


def pack_slices(manifest: pd.DataFrame, stack: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Pack the kept slices, in order of their ids.

    Args:
        manifest: Whose `row` is the place in the stack.
        stack: As `inspect_cases` makes it.

    Returns:
        The images, `(n, size, size, 3)` uint8, in a temporary file mapped into memory, and the
        manifest with `row` and `packed_hash` of these.
    """
    rows = kept(manifest).sort_values("image_id")
    places = rows["row"].to_numpy(dtype=np.int64)
    images = stack if np.array_equal(places, np.arange(len(stack))) else _copy(stack, places)
    hashes = [hash_packed(image) for image in images]
    table = manifest.assign(
        row=pd.Series(range(len(rows)), index=rows.index, dtype="Int64"),
        packed_hash=pd.Series(hashes, index=rows.index, dtype="str"),
    )
    return images, table


def _copy(stack: np.ndarray, places: np.ndarray) -> np.ndarray:
    images = temporary_array((len(places), *stack.shape[1:]))
    for row, place in enumerate(places):
        images[row] = stack[place]
    return images
