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

    Identical scans of different grades are all dropped: nobody knows which grade is right. Of
    other identical ones the first by name is kept. Patients who share a scan are one patient
    under two names.

    Args:
        described: The manifest with a row per slice of every usable case.
        settings: Which case of a patient is kept.

    Returns:
        The manifest, in which a dropped case is one row with its reason; and the pairs of
        cases, with the columns of `find_similar_pairs`: identical scans are copies, `image_a` the
        first slice of the case that was kept, or the case where all were dropped; patients with a
        slice in common are relatives.
    """
    cases = _list_cases(described)
    cases = _reject_same_patient(_reject_copies(_reject_conflicts(cases)), settings)
    manifest = _drop(described, cases)
    return manifest, _pair_copies(manifest, cases)


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


def _reject_copies(cases: pd.DataFrame) -> pd.DataFrame:
    table, left = cases.copy(), cases[cases["reason"].isna()]
    first = left.index.to_series().groupby(left["content_hash"]).transform("min").astype("str")
    again = first[first != first.index]
    table.loc[again.index, "reason"] = "exact_copy"
    table.loc[again.index, "copy_of"] = again.astype("str")
    table.loc[again.index, "detail"] = ("the same scan as " + again).astype("str")
    return table


def _reject_same_patient(cases: pd.DataFrame, settings: CohortSettings) -> pd.DataFrame:
    """Keep one case of a patient; with `all` only those of another grade are dropped."""
    person = _find_persons(cases)
    table, left = cases.copy(), cases[cases["reason"].isna()]
    names = left.index.to_series().groupby(person[left.index])
    keeper = names.transform("max" if settings.same_patient == "last" else "min").astype("str")
    other = keeper != keeper.index
    if settings.same_patient == "all":
        other &= left["label"] != left["label"].reindex(keeper).to_numpy()
    which = keeper[other]
    table.loc[which.index, "reason"] = "same_patient"
    grades = which.map(left["label"]).astype("str")
    detail = "of the patient of " + which + ", whose grade is " + grades
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


def _pair_copies(manifest: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Identical scans, each with the first of them, as copies; cases that share a slice besides."""
    copied = cases[cases["reason"].isin(["exact_copy", "label_conflict"])]
    again = copied.index.to_series()
    first = copied["copy_of"].fillna(again.groupby(copied["content_hash"]).transform("min"))
    again, first = again[again != first], first[again != first]
    rows = kept(manifest)
    slices = rows["image_id"].groupby(name_cases(rows)).min()
    same = pd.DataFrame({"image_a": first.map(slices).fillna(first), "image_b": again})
    both = [same.assign(relation="exact_copy"), _pair_shared(rows).assign(relation="relative")]
    table = pd.concat(both, ignore_index=True)
    return table.assign(correlation=1.0, local_correlation=1.0, view=VIEWS[0], round=1)[
        PAIR_COLUMNS
    ]


def _pair_shared(rows: pd.DataFrame) -> pd.DataFrame:
    """The first slice that a case shares with an earlier one of another patient."""
    first = rows.groupby("pixel_hash")["image_id"].transform("min")
    people = rows.set_index("image_id")["patient_id"]
    other = people.reindex(first).to_numpy() != rows["patient_id"].to_numpy()
    shared = pd.DataFrame({"image_a": first[other], "image_b": rows["image_id"][other]})
    return shared.groupby(name_cases(rows)[other], as_index=False).first()[["image_a", "image_b"]]
