"""Whether what was rebuilt is what was recorded, and where not, what differs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

#: By how much a score, or the end of its interval, may differ and still be the same.
TOLERANCE = 1e-6

#: What the digest of a manifest is made of, and what it means where one of them differs.
COLUMNS = {
    "pixel_hash": "other pixels",
    "label": "another label",
    "group_id": "another group",
    "split": "another split",
    "row": "another row",
    "packed_hash": "packed to other pixels",
}

#: How many images or scores are named.
NAMED = 5


def compare_manifests(recorded: pd.DataFrame, rebuilt: pd.DataFrame) -> dict[str, Any]:
    """Find what differs between the kept images of two manifests.

    Args:
        recorded: Columns `image_id` and `COLUMNS`, kept images alone.
        rebuilt: The same.

    Returns:
        `recorded` and `rebuilt` (images), `gone` and `new` {count, named}, and `changed` {what:
        {count, named}} for every column in which images differ.
    """
    first, second = (table.set_index("image_id") for table in (recorded, rebuilt))
    both = first.index.intersection(second.index)
    changed = {}
    for column, what in COLUMNS.items():
        ours, theirs = (table.loc[both, column].astype("string") for table in (first, second))
        differs = (ours != theirs).fillna(ours.isna() != theirs.isna()).to_numpy(dtype=bool)
        if differs.any():
            changed[what] = _name(both[differs])
    return {
        "recorded": len(first),
        "rebuilt": len(second),
        "gone": _name(first.index.difference(second.index)),
        "new": _name(second.index.difference(first.index)),
        "changed": changed,
    }


def compare_predictions(recorded: pd.DataFrame, rebuilt: pd.DataFrame) -> dict[str, Any]:
    """Find how far the probabilities of the same images are apart.

    Args:
        recorded: Columns `image_id`, `predicted`, and `p_<class>` of each class.
        rebuilt: The same.

    Returns:
        `images` (that both predict), `largest_difference` of any probability (None without such
        images), and `other_class`, how many are taken for another class.
    """
    columns = [name for name in recorded if str(name).startswith("p_")]
    first, second = (table.set_index("image_id") for table in (recorded, rebuilt))
    both = first.index.intersection(second.index)
    apart = first.loc[both, columns].to_numpy(float) - second.loc[both, columns].to_numpy(float)
    classes = first.loc[both, "predicted"] != second.loc[both, "predicted"]
    largest = float(np.abs(apart).max()) if len(both) else None
    return {"images": len(both), "largest_difference": largest, "other_class": int(classes.sum())}


def compare_scores(
    recorded: pd.DataFrame, rebuilt: pd.DataFrame, keys: tuple[str, ...]
) -> dict[str, Any]:
    """Find which scores, or ends of intervals, differ by more than `TOLERANCE`.

    Args:
        recorded: The `keys`, which name a score, and `value`, `low`, `high`.
        rebuilt: The same.
        keys: Columns that name a score together.

    Returns:
        `compared` (scores), `missing` (scores that one of the two alone has), `different` (how
        many differ) and `named` [{name, recorded, rebuilt}], the largest differences first.
    """
    ends = ["value", "low", "high"]
    joined = recorded[[*keys, *ends]].merge(
        rebuilt[[*keys, *ends]], on=list(keys), how="outer", suffixes=("_a", "_b"), indicator=True
    )
    alone = joined["_merge"] != "both"
    ours, theirs = (
        joined[[f"{end}_{side}" for end in ends]].to_numpy(dtype=float) for side in "ab"
    )
    apart = np.abs(ours - theirs)
    apart[np.isnan(ours) & np.isnan(theirs)] = 0
    largest = np.nan_to_num(apart, nan=np.inf).max(axis=1, initial=0)
    differs = (largest > TOLERANCE) & ~alone.to_numpy()
    worst = joined[differs].iloc[np.argsort(-largest[differs], kind="stable")[:NAMED]]
    named = [
        {
            "name": " ".join(str(row[key]) for key in keys),
            "recorded": _plain(row["value_a"]),
            "rebuilt": _plain(row["value_b"]),
        }
        for row in worst.to_dict("records")
    ]
    return {
        "compared": int((~alone).sum()),
        "missing": int(alone.sum()),
        "different": int(differs.sum()),
        "named": named,
        "tolerance": TOLERANCE,
    }


def compare_facts(recorded: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Find what was another then: code, libraries.

    Returns:
        By name, `recorded` and `present` of what differs.
    """
    names = sorted({*recorded, *present})
    return {
        name: {"recorded": recorded.get(name), "present": present.get(name)}
        for name in names
        if recorded.get(name) != present.get(name)
    }


def is_same(found: Mapping[str, Any]) -> bool:
    """Whether data set and scores are those that were recorded: see `say_reproduction`."""
    scores = found["scores"]
    same_data = found["expected_digest"] == found["found_digest"]
    return bool(same_data and not scores["different"] + scores["missing"])


def say_reproduction(found: Mapping[str, Any]) -> list[str]:
    """Say in sentences what was rebuilt and what differs.

    Args:
        found: `name`, `version`, `manifest`, `expected_digest`, `found_digest`, `from_seed`,
            `predictions`, `scores`, `settings` (names of what was not recorded), `then` (see
            `compare_facts`).

    Returns:
        The verdict first.
    """
    name = f"{found['name']} version {found['version']}"
    said = [f"{name} is {'' if is_same(found) else 'not '}reproduced."]
    images = found["manifest"]
    if found["expected_digest"] == found["found_digest"]:
        said.append(
            f"The data set is the same: {images['rebuilt']:,} images, digest "
            f"{found['found_digest']}."
        )
    else:
        said.append(
            f"The data set differs: digest {found['expected_digest']} was recorded, "
            f"{found['found_digest']} was found."
        )
        said += list(_say_images(images))
    said += _say_split(found["from_seed"])
    largest = found["predictions"]["largest_difference"]
    if largest is not None:
        said.append(
            f"Probabilities of {found['predictions']['images']:,} images differ by at most "
            f"{largest:.1e}, {found['predictions']['other_class']:,} get another class."
        )
    said.append(_say_scores(found["scores"]))
    return [*said, *_say_why(found)]


def _say_images(images: Mapping[str, Any]) -> list[str]:
    parts = {"are gone": images["gone"], "are new": images["new"]} | {
        f"have {what}": part for what, part in images["changed"].items()
    }
    return [
        f"{part['count']:,} images {what}, such as {part['named'][0]}."
        for what, part in parts.items()
        if part["count"]
    ]


def _say_split(from_seed: bool | None) -> list[str]:
    if from_seed is None:
        return [
            "The split is kept from the recorded manifest: whether the seed alone gives it is not "
            "known, since earlier manifests had a say in it, or nobody noted that none had."
        ]
    if from_seed:
        return ["The split follows from the seed alone."]
    return ["The seed alone gives another split than the recorded one, which was kept."]


def _say_scores(scores: Mapping[str, Any]) -> str:
    if not scores["different"] + scores["missing"]:
        return f"All {scores['compared']:,} scores and intervals are the same to {TOLERANCE:g}."
    text = f"Of {scores['compared']:,} scores {scores['different']:,} differ"
    if scores["named"]:
        first = scores["named"][0]
        text += f", such as {first['name']}: {first['recorded']} recorded, {first['rebuilt']} now"
    missing = f"; {scores['missing']:,} more are not in both" if scores["missing"] else ""
    return f"{text}{missing}."


def _say_why(found: Mapping[str, Any]) -> list[str]:
    """What may be the reason where something differs, and is worth knowing where nothing does."""
    said = []
    if found["settings"]:
        said.append(
            f"Not recorded, taken from the present configuration: {', '.join(found['settings'])}."
        )
    changes = [
        f"{name} {pair['recorded'] or 'unknown'} then, {pair['present'] or 'none'} now"
        for name, pair in found["then"].items()
    ]
    return [*said, f"Other than then: {'; '.join(changes)}."] if changes else said


def _name(images: pd.Index) -> dict[str, Any]:
    return {"count": len(images), "named": [str(image) for image in sorted(images)[:NAMED]]}


def _plain(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
