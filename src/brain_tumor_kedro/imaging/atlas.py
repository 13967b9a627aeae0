"""The atlas: every distinct picture, and all files of all sources that show it."""

from typing import Any

import pandas as pd

from brain_tumor_kedro.imaging.duplicates import COPIES
from brain_tumor_kedro.imaging.manifest import decoded

COLUMNS = [
    "picture_id",
    "image_id",
    "source",
    "published_split",
    "label",
    "labels",
    "label_conflict",
    "patient_id",
    "recovered_patient_id",
    "recovered_from",
    "patient_conflict",
    "status",
    "reason",
    "best",
]
#: Hexadecimal digits of a `picture_id`: among a million pictures two agree by chance with a
#: probability of 3 in 100 million.
ID_DIGITS = 16


def draw_up_atlas(manifest: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Say of every file that shows a slice which picture it shows.

    A picture is one image, its best file, and every file that is a copy *of that image*. Where
    copies form a chain (A like B, B like C, A not like C) and A and C are both kept, A and C are
    two pictures and B belongs to the one that it was rejected for. The other notion, everything
    that a chain connects, would let one wrong pair merge two patients, and grows worse with every
    file; here a file is never farther from its picture's best file than the thresholds of a copy
    allow. So kept images are the pictures that curation kept, one each, and rejected copies follow
    `copy_of`. Files that were rejected for another reason, such as contradicting labels, name no
    image: each belongs to the kept image that it is most alike to among those it is a copy of;
    without one, the best of them (known patient, more pixels, more bytes) make pictures of their
    own in the same way.

    A `picture_id` is the beginning of the `pixel_hash` of the best file. It says nothing of paths
    or of what else was curated, and stays while the best file of that picture does: a better copy
    that comes later gives the picture a new id.

    Args:
        manifest: With copies and label conflicts rejected.
        pairs: As `find_similar_pairs` makes them.

    Returns:
        One row for each file that shows a slice, in order of `picture_id` and `image_id`.
        `label` is the file's own, `labels` all that files of the picture give, joined by `|`;
        `label_conflict` where these differ, or where a file was rejected because a chain of copies
        contradicts it. `patient_id` is the file's own; `recovered_patient_id`, of files without
        one, that of a copy, and `recovered_from` the source that gives it. It is null where the
        copies name several patients, `patient_conflict`; ids are a source's own, so two sources
        that each name the patient count as several. `best` is the best file's `image_id`.
    """
    rows = decoded(manifest)
    best = _find_best(rows, pairs)
    pixels = rows.set_index("image_id")["pixel_hash"]
    atlas = rows.assign(best=best, picture_id=best.map(pixels).str[:ID_DIGITS])
    atlas = _compare_labels(atlas)
    atlas = _recover_patients(atlas)
    return atlas.sort_values(["picture_id", "image_id"], ignore_index=True)[COLUMNS]


def _find_best(rows: pd.DataFrame, pairs: pd.DataFrame) -> "pd.Series[str]":
    """For each row the `image_id` of its picture's best file."""
    is_kept = rows["status"] == "kept"
    centers = rows[is_kept].drop_duplicates("pixel_hash").set_index("pixel_hash")["image_id"]
    best = rows["copy_of"].where(~is_kept, rows["pixel_hash"].map(centers))
    loose = rows[best.isna()]
    best = best.fillna(rows["image_id"].map(_place(loose, rows, pairs, centers)))
    unknown = best[~best.isin(rows["image_id"])]
    if len(unknown):
        raise ValueError(
            f"Expected copies of images that show a slice, found one of {unknown.iloc[0]}. "
            "Curate again: kedro run --pipelines curation"
        )
    return _follow(best, pd.Series(best.to_numpy(), index=rows["image_id"]))


def _follow(best: "pd.Series[str]", by_id: "pd.Series[str]") -> "pd.Series[str]":
    """Go to the end: what a copy was rejected for can itself be rejected, for another image."""
    for _ in range(len(best).bit_length()):
        further = best.map(by_id)
        if further.equals(best):
            break
        # Twice as far with each turn.
        best, by_id = further, by_id.map(by_id)
    return best


def _place(
    loose: pd.DataFrame, rows: pd.DataFrame, pairs: pd.DataFrame, kept_by_pixels: "pd.Series[str]"
) -> dict[str, str]:
    """Give each rejected file that names no kept image a picture, the best files first."""
    likeness = _measure_likeness(loose, rows, pairs)
    centers = {str(pixels): str(name) for pixels, name in kept_by_pixels.items()}
    placed = dict(centers)
    result = {}
    for image_id, pixels in _from_best_to_worst(loose, rows["copy_of"]):
        if pixels not in placed:
            near = [end for end in likeness.get(pixels, []) if end[1] in centers]
            placed[pixels] = centers[max(near)[1]] if near else image_id
            if not near:
                centers[pixels] = image_id
        result[image_id] = placed[pixels]
    return result


def _measure_likeness(
    loose: pd.DataFrame, rows: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, list[tuple[float, str]]]:
    """From the pixels of loose files to their copies: how alike, and which pixels."""
    copies = pairs[pairs["relation"].isin(COPIES)]
    pixels = rows.set_index("image_id")["pixel_hash"]
    a, b = copies["image_a"].map(pixels), copies["image_b"].map(pixels)
    ends = pd.DataFrame({"a": a, "b": b, "like": copies["local_correlation"]})
    ends = pd.concat([ends, ends.rename(columns={"a": "b", "b": "a"})])
    ends = ends[ends["a"].isin(loose["pixel_hash"]) & (ends["a"] != ends["b"])]
    return {
        str(pixel): list(zip(part["like"], part["b"], strict=True))
        for pixel, part in ends.groupby("a")
    }


def _from_best_to_worst(loose: pd.DataFrame, named: "pd.Series[str]") -> "zip[tuple[str, str]]":
    # One that copies were rejected for was kept at first: it stays the best of them.
    ordered = loose.assign(
        best=loose["image_id"].isin(named),
        known=loose["patient_id"].notna(),
        pixels=loose["width"] * loose["height"],
    ).sort_values(
        ["best", "known", "pixels", "bytes", "image_id"],
        ascending=[False, False, False, False, True],
    )
    return zip(ordered["image_id"], ordered["pixel_hash"], strict=True)


def _compare_labels(atlas: pd.DataFrame) -> pd.DataFrame:
    given = atlas[["picture_id", "label"]].drop_duplicates().sort_values("label")
    several = given.loc[given["picture_id"].duplicated(), "picture_id"]
    rejected = atlas.loc[atlas["reason"] == "label_conflict", "picture_id"]
    return atlas.assign(
        labels=atlas["picture_id"].map(given.groupby("picture_id")["label"].agg("|".join)),
        label_conflict=atlas["picture_id"].isin(pd.concat([several, rejected])),
    )


def _recover_patients(atlas: pd.DataFrame) -> pd.DataFrame:
    known = atlas.dropna(subset="patient_id").drop_duplicates(
        ["picture_id", "source", "patient_id"]
    )
    several = known["picture_id"].duplicated(keep=False)
    one = known[~several].set_index("picture_id")
    unknown = atlas["patient_id"].isna()
    return atlas.assign(
        recovered_patient_id=_fill(atlas, one["patient_id"], unknown),
        recovered_from=_fill(atlas, one["source"], unknown),
        patient_conflict=atlas["picture_id"].isin(known.loc[several, "picture_id"]),
    )


def _fill(atlas: pd.DataFrame, values: "pd.Series[str]", where: "pd.Series[bool]") -> Any:
    return atlas["picture_id"].map(values).where(where).astype("str")


def summarize_atlas(atlas: pd.DataFrame, tumors: tuple[str, ...]) -> dict[str, Any]:
    """Count pictures, and the patients that copies gave back.

    Args:
        atlas: As `draw_up_atlas` makes it.
        tumors: The labels that count as tumors.

    Returns:
        `pictures`; `files`; `in_several_sources`, `label_conflicts` and `patient_conflicts`, all
        pictures; and `patients`: for each source with tumor files their number (`tumor_files`),
        those with an id of their own (`own`) and with one from a copy (`recovered`), and how many
        of the latter show a picture with contradicting labels (`recovered_in_conflict`).
    """
    pictures = atlas.groupby("picture_id")
    return {
        "pictures": int(atlas["picture_id"].nunique()),
        "files": len(atlas),
        "in_several_sources": int((pictures["source"].nunique() > 1).sum()),
        "label_conflicts": int(pictures["label_conflict"].first().sum()),
        "patient_conflicts": int(pictures["patient_conflict"].first().sum()),
        "patients": {
            str(source): _count_patients(part)
            for source, part in atlas[atlas["label"].isin(tumors)].groupby("source")
        },
    }


def _count_patients(files: pd.DataFrame) -> dict[str, int]:
    recovered = files["recovered_patient_id"].notna()
    return {
        "tumor_files": len(files),
        "own": int(files["patient_id"].notna().sum()),
        "recovered": int(recovered.sum()),
        "recovered_in_conflict": int((recovered & files["label_conflict"]).sum()),
    }
