"""The search for copies alone, among picture files of any folder: no sources, no manifest."""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.manifest import build_manifest
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.similar_pairs import find_similar_pairs
from brain_tumor_kedro.imaging.similarity import THUMBNAIL_SIDE

SIDE = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
#: What is enough where relatives do not matter.
COPIES_ALONE = SimilaritySettings(neighbors=3, relative_local=SimilaritySettings().copy_local)


def find_copies_among(
    paths: Sequence[str | Path],
    settings: SimilaritySettings | None = None,
    parallel: ParallelSettings | None = None,
) -> pd.DataFrame:
    """Find copies among pictures.

    Args:
        paths: Picture files of slices.
        settings: The thresholds; those of curation unless given, but without relatives.
        parallel: Where the files are read; in threads unless given.

    Returns:
        The pairs, as `find_similar_pairs` makes them; `image_a` and `image_b` are paths. Files of
        equal bytes are exact copies.

    Raises:
        OSError: Where a file is no picture, or cannot be read.
    """
    parallel = parallel or ParallelSettings(backend="threading")
    in_order = sorted(map(Path, paths), key=str)
    thumbnails = np.zeros((len(in_order), *SIDE), np.uint8)
    rows = []
    for number, (row, small) in enumerate(map_files(_read, in_order, parallel, "Reading images")):
        rows.append(row)
        thumbnails[number] = small
    return find_similar_pairs(build_manifest(rows), thumbnails, settings or COPIES_ALONE)


def _read(path: Path) -> tuple[dict[str, object], np.ndarray]:
    content = path.read_bytes()
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    with Image.open(BytesIO(content)) as image:
        width, height = image.size
        # JPEG decodes to an eighth of its size, block by block averaged, in a fraction of the time;
        # what is left to reduce, by a factor of 1 to 2, is filtered more smoothly than by BOX.
        image.draft("L", SIDE)
        gray = image if image.mode == "L" else image.convert("L")
        small = np.asarray(gray.resize(SIDE, Image.Resampling.HAMMING))
    row: dict[str, object] = {
        "image_id": str(path),
        "source": str(path.parent),
        "width": width,
        "height": height,
        "bytes": len(content),
        "content_hash": digest,
        "pixel_hash": digest,
    }
    return row, small
