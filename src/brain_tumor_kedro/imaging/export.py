"""Export: the curated set as class-named folders of PNG files that anyone can read."""

import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from brain_tumor_kedro.imaging.image_file import ImageFile
from brain_tumor_kedro.imaging.manifest import decoded, kept
from brain_tumor_kedro.imaging.packing import read_unchanged
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.tasks import PHANTOM

#: Columns of `manifest.csv`, as far as the manifest has them; `sha256` comes with the files.
KEPT_COLUMNS = [
    "file_name", "split", "label", "image_id", "source", "published_split", "published_fold",
    "fold", "group_id", "picture_id", "patient_id", "recovered_patient_id", "recovered_from",
    "width", "height", "flag", "outlier_score", "pixel_hash", "source_sha256",
]  # fmt: skip
#: Columns of `rejected.csv`. The manifest's `detail` stays at home: it can name local folders.
REJECTED_COLUMNS = [
    "image_id", "source", "published_split", "label", "reason", "copy_of", "group_id",
    "picture_id", "patient_id", "recovered_patient_id", "recovered_from", "width", "height",
    "pixel_hash", "source_sha256",
]  # fmt: skip
ATLAS_COLUMNS = ["image_id", "picture_id", "recovered_patient_id", "recovered_from"]
HASH_DIGITS = 12
#: Of PNG files: half the time of Pillow's default of 6, for one part in a hundred more bytes.
COMPRESSION = 4


@dataclass(frozen=True)
class Export:
    """Everything that an export consists of; going through it makes the files one by one.

    Attributes:
        exported: As `list_exported` makes it, in the order of the images.
        left_out: As `list_left_out` makes it.
        card: The data card, Markdown.
        encode: Starts making the images: PNG files as bytes, in the order of `exported`.
    """

    exported: pd.DataFrame
    left_out: pd.DataFrame
    card: str
    encode: Callable[[], Iterable[bytes]]

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Every file as its path below the export's folder and its bytes, the checksums last."""
        checksums: dict[str, str] = {}
        for name, png in zip(self.exported["file_name"], self.encode(), strict=True):
            checksums[name] = hashlib.sha256(png).hexdigest()
            yield name, png
        table = self.exported.drop(columns="row")
        table = table.assign(sha256=table["file_name"].map(checksums))
        for name, content in {
            "manifest.csv": _to_csv(table),
            "rejected.csv": _to_csv(self.left_out),
            "README.md": self.card.encode(),
        }.items():
            checksums[name] = hashlib.sha256(content).hexdigest()
            yield name, content
        yield "SHA256SUMS", "".join(f"{n}  {name}\n" for name, n in checksums.items()).encode()


def _to_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def list_exported(manifest: pd.DataFrame, atlas: pd.DataFrame) -> pd.DataFrame:
    """What is exported, one row an image.

    Args:
        manifest: The finished manifest; whatever splits it has become folders.
        atlas: Drawn up from this manifest.

    Returns:
        `KEPT_COLUMNS` and `row`, the row in the packed images, in order of `file_name`.

    Raises:
        ValueError: Where nothing is kept, an image lies in no split or no folder can be named
            after its class, or where the atlas is of another manifest.
    """
    _require_same_atlas(atlas, manifest)
    rows = _with_pictures(kept(manifest), atlas)
    if rows.empty or rows["split"].isna().any():
        found = f"{rows['split'].isna().sum()} without" if len(rows) else "no kept image at all"
        raise ValueError(
            f"Expected kept images, every one in a split, found {found}. Curate again: kedro run "
            "--pipelines curation"
        )
    rows = rows.assign(file_name=[_name_file(row) for row in rows.to_dict("records")])
    if twice := rows.loc[rows["file_name"].duplicated(), "file_name"].tolist():
        raise ValueError(
            f"Expected every picture once, found two kept images with the pixels of {twice[0]}. "
            "Curate again: kedro run --pipelines curation"
        )
    columns = [name for name in KEPT_COLUMNS if name in rows]
    return rows.sort_values("file_name", ignore_index=True)[[*columns, "row"]]


def list_left_out(manifest: pd.DataFrame, atlas: pd.DataFrame) -> pd.DataFrame:
    """What is not exported and why: `REJECTED_COLUMNS`, one row a file, in order of `image_id`."""
    rows = _with_pictures(manifest[manifest["status"] == "rejected"], atlas)
    columns = [name for name in REJECTED_COLUMNS if name in rows]
    return rows.sort_values("image_id", ignore_index=True)[columns]


def _with_pictures(rows: pd.DataFrame, atlas: pd.DataFrame) -> pd.DataFrame:
    named = rows.rename(columns={"content_hash": "source_sha256"})
    return named.merge(atlas[ATLAS_COLUMNS], on="image_id", how="left", validate="one_to_one")


def _require_same_atlas(atlas: pd.DataFrame, manifest: pd.DataFrame) -> None:
    columns = ["image_id", "status"]
    ours, theirs = (
        table[columns].sort_values("image_id", ignore_index=True)
        for table in (decoded(manifest), atlas)
    )
    if not ours.equals(theirs):
        raise ValueError(
            f"The atlas is not of the present manifest: found {len(theirs)} files in it and "
            f"{len(ours)} in the manifest, or other ones. A curation was interrupted. Curate "
            "again: kedro run --pipelines curation"
        )


def _name_file(row: Mapping[Hashable, Any]) -> str:
    """`<split>/<class>/<source>-<stem>-<pixels>.png`, of letters that every file system takes.

    The last part is the beginning of the `pixel_hash`, so that files of one name stay apart and a
    name does not depend on what else is exported.
    """
    stem = row["image_id"].rpartition("/")[2].partition("#")
    plain = _plain(re.sub(r"\.[^.]+$", "", stem[0]) + (f"-{stem[2]}" if stem[2] else ""), 60)
    name = "-".join([_plain(row["source"], 40), plain, row["pixel_hash"][:HASH_DIGITS]])
    # Generated images say so in every table, also where their names were cut.
    mark = f"{PHANTOM}-" if PHANTOM in row["image_id"] and PHANTOM not in name else ""
    return f"{_folder(row['split'])}/{_folder(row['label'])}/{mark}{name}.png"


def _plain(text: str, length: int) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", letters).strip("-")[:length].strip("-") or "image"


def _folder(name: str) -> str:
    if not re.fullmatch(r"\w[\w -]*", name):
        raise ValueError(
            "Expected classes and splits of letters, digits, spaces, _ and -, to name folders "
            f"after them, found {name!r}. Rename it in the configuration, such as "
            "conf/base/catalog_sources.yml."
        )
    return name


def encode_originals(
    exported: pd.DataFrame, files: Sequence[ImageFile], parallel: ParallelSettings
) -> Iterator[bytes]:
    """The images as published, at full size, in 8-bit gray.

    Args:
        exported: As `list_exported` makes it.
        files: The files of all sources.
        parallel: Where the decoding runs.

    Yields:
        PNG files, in the order of `exported`.

    Raises:
        ValueError: Where a file has changed or gone since it was curated.
    """
    by_id = {file.image_id: file for file in files}
    if missing := sorted(set(exported["image_id"]) - set(by_id)):
        raise ValueError(
            f"Expected the files that were curated, found {len(missing)} of them gone, such as "
            f"{missing[0]}. Name the folder that was curated, --params raw_dir=…, or curate again."
        )
    jobs = [
        (by_id[image_id], pixels)
        for image_id, pixels in zip(exported["image_id"], exported["pixel_hash"], strict=True)
    ]
    yield from map_files(_encode_original, jobs, parallel, "Exporting images")


def _encode_original(job: tuple[ImageFile, str]) -> bytes:
    return encode_png(read_unchanged(*job))


def encode_packed(
    exported: pd.DataFrame, images: np.ndarray, parallel: ParallelSettings
) -> Iterator[bytes]:
    """The images as they are packed for training: squares of one size.

    Args:
        exported: As `list_exported` makes it.
        images: `(n, h, w)` uint8, as packed from the same manifest.
        parallel: Where the encoding runs.

    Yields:
        PNG files, in the order of `exported`.
    """
    work = partial(_encode_row, images)
    yield from map_files(work, exported["row"].tolist(), parallel, "Exporting images")


def _encode_row(images: np.ndarray, row: int) -> bytes:
    return encode_png(np.asarray(images[row]))


def encode_png(gray: np.ndarray) -> bytes:
    """A `(h, w)` uint8 image as the bytes of a PNG, without loss."""
    buffer = io.BytesIO()
    Image.fromarray(gray).save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()
