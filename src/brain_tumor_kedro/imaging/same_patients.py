"""Cases of one patient: the same scan twice, and further scans, of which one is kept."""

import pandas as pd

from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.copy_search import PAIR_COLUMNS
from brain_tumor_kedro.imaging.manifest import check_manifest, kept
from brain_tumor_kedro.imaging.views import VIEWS
from brain_tumor_kedro.imaging.volumes import parse_slice


def name_cases(manifest: pd.DataFrame) -> "pd.Series[str]":
    """The case of every row: a kept row is a slice, a rejected one stands for its whole case."""
    slices = manifest["status"] == "kept"
    named = [
        parse_slice(image_id)[0] if of_slice else image_id
        for image_id, of_slice in zip(manifest["image_id"], slices, strict=True)
    ]
    return pd.Series(named, index=manifest.index, dtype="str")


def require_usable(described: pd.DataFrame) -> None:
    """Stop where no case can be used.

    Args:
        described: The manifest with a row for every case that cannot be used.

    Raises:
        ValueError: Counts the reasons.
    """
    if kept(described).empty:
        reasons = described["reason"].value_counts().items()
        raise ValueError(
            f"None of the {len(described)} cases can be used: "
            + ", ".join(f"{reason} {number}" for reason, number in reasons)
            + f". The first: {described['image_id'].iloc[0]}, {described['detail'].iloc[0]}. "
            "What a case must fulfill is set under cohort and slices in parameters_curation.yml."
        )


def select_cases(
    described: pd.DataFrame, settings: CohortSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop identical scans, and all cases of a patient but one.

    Identical scans of different grades are all dropped: nobody knows which grade is right. Patients
    who share a scan are one patient under two names. Of a patient's other cases the first or the
    last by name is kept; with `all`, of identical ones the first, and none of another grade than
    the first. A dropped case is a copy where the same scan is kept.

    Args:
        described: The manifest with a row per slice of every usable case.
        settings: Which case of a patient is kept.

    Returns:
        The manifest, in which a dropped case is one row with its reason; and the pairs of
        cases, with the columns of `find_similar_pairs`: identical scans are copies, `image_a` the
        first slice of the case that was kept, or the case where all were dropped; other cases of a
        patient whom another name or a dropped case hides are relatives of the one that was kept,
        and so are patients with a slice in common.
    """
    cases = _reject_others(_find_keepers(_reject_conflicts(_list_cases(described)), settings))
    manifest = _drop(described, cases)
    return manifest, _pair_cases(manifest, cases)


def _list_cases(described: pd.DataFrame) -> pd.DataFrame:
    """The usable cases, one row each, in order of their names."""
    rows = kept(described)
    first = rows.assign(case=name_cases(rows)).drop_duplicates("case").set_index("case")
    nothing = pd.DataFrame({"reason": None, "detail": None, "copy_of": None}, index=first.index)
    columns = ["source", "patient_id", "label", "content_hash"]
    return pd.concat([first[columns], nothing.astype("str")], axis=1).sort_index()


def _reject_conflicts(cases: pd.DataFrame) -> pd.DataFrame:
    labels = cases.groupby("content_hash")["label"]
    table, found = cases.copy(), labels.transform("nunique") > 1
    names = labels.transform(lambda part: ", ".join(sorted(set(part)))).astype("str")
    table.loc[found, "reason"] = "label_conflict"
    table.loc[found, "detail"] = ("the same scan is given as " + names[found]).astype("str")
    return table


def _find_keepers(cases: pd.DataFrame, settings: CohortSettings) -> pd.DataFrame:
    """Add `keeper`, the case that is kept of a case's patient, and whether the case `stays` too."""
    left = cases[cases["reason"].isna()]
    names = left.index.to_series().groupby(_find_persons(cases)[left.index])
    keeper = names.transform("max" if settings.same_patient == "last" else "min").astype("str")
    stays = keeper == keeper.index
    if settings.same_patient == "all":
        stays |= left["label"] == left["label"].reindex(keeper).to_numpy()
    stays = stays.reindex(cases.index, fill_value=False)
    return cases.assign(keeper=keeper.reindex(cases.index), stays=stays)


def _reject_others(cases: pd.DataFrame) -> pd.DataFrame:
    """Drop copies of what is kept, and what else is of a patient of whom another case is kept."""
    table, left = cases.copy(), cases[cases["keeper"].notna()]
    stays = left[left["stays"]]
    first = stays.index.to_series().groupby(stays["content_hash"]).min()
    original = left["content_hash"].map(first).astype("str")
    again = original[original.notna() & (original != original.index)]
    table.loc[again.index, "reason"] = "exact_copy"
    table.loc[again.index, "copy_of"] = again
    table.loc[again.index, "detail"] = ("the same scan as " + again).astype("str")
    which = left.loc[original.isna(), "keeper"]
    grades = which.map(left["label"]).astype("str")
    detail = "of the patient of " + which + ", whose grade is " + grades
    table.loc[which.index, "reason"] = "same_patient"
    table.loc[which.index, "detail"] = detail.astype("str")
    return table


def _find_persons(cases: pd.DataFrame) -> "pd.Series[str]":
    """One name for each patient, also where copies show that two ids are of one."""
    person = cases["source"] + "\n" + cases["patient_id"]
    while True:
        joined = person.groupby(cases["content_hash"]).transform("min")
        spread = joined.groupby(person).transform("min")
        if spread.equals(person):
            return person
        person = spread


def _drop(described: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Put one row in the place of every dropped case's slices."""
    dropped, names = cases[cases["reason"].notna()], name_cases(described)
    out = names.isin(dropped.index) & (described["status"] == "kept")
    table = described[~out]
    rows = described[out].assign(case=names[out]).drop_duplicates("case").set_index("case")
    rows = rows.assign(
        image_id=rows.index,
        pixel_hash=None,
        row=pd.Series(pd.NA, index=rows.index, dtype="Int64"),
        status="rejected",
        **{key: dropped[key].reindex(rows.index) for key in ("reason", "detail", "copy_of")},
    )
    whole = pd.concat([table, rows.astype(table.dtypes.to_dict())])
    return check_manifest(whole.sort_values("image_id", ignore_index=True))


def _pair_cases(manifest: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Identical scans as copies; cases of one patient, and patients who share a slice, besides."""
    rows = kept(manifest)
    slices = rows["image_id"].groupby(name_cases(rows)).min()
    copies = [_pair_copies(cases, slices), _pair_conflicts(cases)]
    relatives = [_pair_names(cases, slices), _pair_shared(rows)]
    both = [*(part.assign(relation="exact_copy") for part in copies),
            *(part.assign(relation="relative") for part in relatives)]  # fmt: skip
    table = pd.concat(both, ignore_index=True).drop_duplicates(["image_a", "image_b"])
    table = table.reset_index(drop=True)
    return table.assign(correlation=1.0, local_correlation=1.0, view=VIEWS[0], round=1)[
        PAIR_COLUMNS
    ]


def _pair_copies(cases: pd.DataFrame, slices: "pd.Series[str]") -> pd.DataFrame:
    copied = cases[cases["reason"] == "exact_copy"]
    return pd.DataFrame({"image_a": copied["copy_of"].map(slices), "image_b": copied.index})


def _pair_conflicts(cases: pd.DataFrame) -> pd.DataFrame:
    """Each with the first of them: none is kept."""
    names = cases[cases["reason"] == "label_conflict"].index.to_series()
    first = names.groupby(cases["content_hash"]).transform("min")
    pairs = pd.DataFrame({"image_a": first, "image_b": names})
    return pairs[pairs["image_a"] != pairs["image_b"]]


def _pair_names(cases: pd.DataFrame, slices: "pd.Series[str]") -> pd.DataFrame:
    """Cases that a patient's id alone does not tie to the one that is kept, or that are dropped."""
    left = cases[cases["keeper"].notna() & ~cases["reason"].isin(["exact_copy"])]
    keys = ["source", "patient_id"]
    keeper = cases[keys].reindex(left["keeper"]).to_numpy()
    other = (left[keys].to_numpy() != keeper).any(axis=1) | left["reason"].notna()
    found = left[other]
    name = found.index.to_series()
    ends = {"image_a": found["keeper"].map(slices), "image_b": name.map(slices).fillna(name)}
    return pd.DataFrame(ends)


def _pair_shared(rows: pd.DataFrame) -> pd.DataFrame:
    """The first slice that a case shares with an earlier one of another patient."""
    first = rows.groupby("pixel_hash")["image_id"].transform("min")
    people = rows.set_index("image_id")["patient_id"]
    other = people.reindex(first).to_numpy() != rows["patient_id"].to_numpy()
    shared = pd.DataFrame({"image_a": first[other], "image_b": rows["image_id"][other]})
    return shared.groupby(name_cases(rows)[other], as_index=False).first()[["image_a", "image_b"]]
