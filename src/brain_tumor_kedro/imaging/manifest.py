"""The manifest: one row for every image ever seen, kept or not, with the reason."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from brain_tumor_kedro.tasks import PHANTOM, SCORED

#: Why an image is not kept, and what that means.
REASONS = {
    "unreadable": "the file cannot be decoded as an image of its source",
    "empty": "the file has no bytes",
    "not_an_image": "the bytes are those of something else, such as a text or an archive",
    "too_small": "too few pixels a side to show a slice",
    "extreme_aspect": "far longer than wide, as no slice is",
    "not_gray": "a color picture, such as a photograph or a screenshot, no slice",
    "blank": "nothing is to be seen",
    "nearly_blank": "next to nothing is to be seen",
    "text_only": "a page or a caption without a slice",
    "unknown_label": "no known class is named",
    "exact_copy": "the same pixels as an image that was kept",
    "near_copy": "the same slice as one that was kept, resized, re-encoded or changed",
    "label_conflict": "copies of the slice carry different classes",
    "missing_sequence": "a sequence or the tumor's mask is not there",
    "shape_mismatch": "the volumes of a case differ in shape",
    "affine_mismatch": "the volumes of a case do not lie on one another",
    "wrong_spacing": "the distance of voxels is not the expected one",
    "no_tumor_visible": "no slice shows as much of the mask as is asked for",
    "excluded_by_hand": "named in exclude_cases",
    "same_patient": "another case of a patient of whom one is kept",
    "overlap": (
        "in a held-out source, and related to an image that is not; or in no published fold, and "
        "related to one that is judged on"
    ),
}
#: Reasons under which an image shows a slice all the same, and takes part in the search for copies.
DECODED_REASONS = frozenset({"exact_copy", "near_copy", "label_conflict", "overlap"})
#: The same where cases of volumes are counted, for reasons that speak of a file or a slice.
CASE_REASONS = {
    "unreadable": "a volume of the case cannot be read",
    "exact_copy": "the same voxels as a scan that was kept",
    "label_conflict": "the same scan is given with different classes",
    "overlap": "in a held-out source, and related to a case that is not",
}
#: What a person should look at, in images that are not rejected for it.
FLAGS = {
    "non_brain": "unlike the other images of the run; it may show something else than a brain",
}
STATUSES = ("kept", "rejected")

COLUMNS = {
    "image_id": pa.Column("str", unique=True),
    "source": pa.Column("str"),
    "published_split": pa.Column("str", pa.Check.isin(["train", "test"]), nullable=True),
    "published_fold": pa.Column("Int64", pa.Check.in_range(1, 5), nullable=True),
    "label": pa.Column("str", nullable=True),
    "patient_id": pa.Column("str", nullable=True),
    "width": pa.Column("Int64", pa.Check.gt(0), nullable=True),
    "height": pa.Column("Int64", pa.Check.gt(0), nullable=True),
    "mode": pa.Column("str", nullable=True),
    "bytes": pa.Column("Int64", pa.Check.ge(0), nullable=True),
    "content_hash": pa.Column("str", nullable=True),
    "pixel_hash": pa.Column("str", nullable=True),
    "status": pa.Column("str", pa.Check.isin(STATUSES)),
    "reason": pa.Column("str", pa.Check.isin(list(REASONS)), nullable=True),
    "detail": pa.Column("str", nullable=True),
    "outlier_score": pa.Column("Float64", pa.Check.ge(0), nullable=True),
    "flag": pa.Column("str", pa.Check.isin(list(FLAGS)), nullable=True),
    "copy_of": pa.Column("str", nullable=True),
    "group_id": pa.Column("str", nullable=True),
    "split": pa.Column("str", pa.Check.isin(SCORED), nullable=True),
    "fold": pa.Column("Int64", pa.Check.ge(0), nullable=True),
    "row": pa.Column("Int64", pa.Check.ge(0), nullable=True),
    "packed_hash": pa.Column("str", nullable=True),
}


def _reason_where_rejected(table: pd.DataFrame) -> "pd.Series[bool]":
    return table["reason"].notna() == (table["status"] == "rejected")


def _split_only_where_kept(table: pd.DataFrame) -> "pd.Series[bool]":
    return table["split"].isna() | (table["status"] == "kept")


def _fold_only_in_train_and_val(table: pd.DataFrame) -> "pd.Series[bool]":
    return table["fold"].isna() | table["split"].isin(["train", "val"])


SCHEMA = pa.DataFrameSchema(
    COLUMNS,
    checks=[
        pa.Check(
            _reason_where_rejected, error="a row has a reason where it is rejected, only then"
        ),
        pa.Check(_split_only_where_kept, error="only a kept image lies in a split"),
        pa.Check(_fold_only_in_train_and_val, error="only an image of train or val lies in a fold"),
    ],
    strict=True,
    ordered=True,
)


def build_manifest(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The manifest of what the files alone say: nothing compared, grouped or split yet.

    Args:
        rows: For every file, any of the manifest's columns; a `reason` makes it rejected.

    Returns:
        The manifest, in order of `image_id`.

    Raises:
        ValueError: Where two files have the same id, or a value is outside its column's list.
    """
    table = pd.DataFrame(list(rows)).reindex(columns=list(COLUMNS))
    table["status"] = np.where(table["reason"].isna(), "kept", "rejected")
    return check_manifest(table.sort_values("image_id", ignore_index=True))


def check_manifest(manifest: pd.DataFrame) -> pd.DataFrame:
    """The same table with the manifest's types, or `ValueError` naming what does not fit."""
    table = manifest.astype({name: column.dtype.type for name, column in COLUMNS.items()})
    try:
        return SCHEMA.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases[["column", "check", "failure_case"]].head(5)
        raise ValueError(
            f"The manifest breaks its schema, first cases:\n{cases.to_string(index=False)}"
        ) from errors


def explain_reasons(counted: str | None) -> dict[str, str]:
    """What each reason means.

    Args:
        counted: What a curation summary counts, `cases`; null for images.

    Returns:
        A phrase for each of `REASONS`.
    """
    return REASONS | CASE_REASONS if counted == "cases" else REASONS


def kept(manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows of images that are kept."""
    return manifest[manifest["status"] == "kept"]


def decoded(manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows of images that show a slice, kept or not."""
    return manifest[manifest["reason"].isna() | manifest["reason"].isin(DECODED_REASONS)]


def belonging(manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows that belong to a group: those that show a slice, and other cases of a patient."""
    inside = DECODED_REASONS | {"same_patient"}
    return manifest[manifest["reason"].isna() | manifest["reason"].isin(inside)]


def is_phantom(manifest: pd.DataFrame) -> bool:
    """Whether any image is generated, which its id then says."""
    return bool(manifest["image_id"].str.contains(PHANTOM).any())


def require_one_kind(image_ids: Iterable[str]) -> None:
    """Stop where generated and other images lie together.

    Raises:
        ValueError: Names one of each.
    """
    first: dict[bool, str] = {}
    for image_id in image_ids:
        first.setdefault(PHANTOM in image_id, image_id)
    if len(first) == 2:
        raise ValueError(
            f"Expected real images or phantoms, found both, such as {first[False]} and "
            f"{first[True]}. Move the phantoms away, or name another folder: --params raw_dir=…"
        )


def digest_manifest(manifest: pd.DataFrame) -> str:
    """A fingerprint of the data set: which slices, labels, groups and splits, in which rows.

    Args:
        manifest: With `split` and `row` filled in.

    Returns:
        16 hexadecimal digits; equal for equal data, wherever they lie and whenever they were read.
        Folds do not count: they change nothing in what a classifier is trained and judged on.
    """
    columns = ["image_id", "pixel_hash", "label", "group_id", "split", "row", "packed_hash"]
    text = kept(manifest)[columns].sort_values("image_id").to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_files(sources: Sequence[tuple[Sequence[object], str]]) -> list[str]:
    """What is missing, source by source.

    Args:
        sources: For each source its files or cases, and what is expected there.

    Returns:
        The texts of the sources without files.

    Raises:
        ValueError: Where no source has any file.
    """
    missing = [expected for files, expected in sources if not files]
    if len(missing) == len(sources):
        raise ValueError(
            "No images found in any source.\n"
            + "\n".join(missing)
            + "\nName another place with --params raw_dir=…, or try the project on generated "
            "phantoms first: kedro run --env sample --pipelines sample, then the same command with "
            "--env sample."
        )
    return missing
