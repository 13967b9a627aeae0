import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.imaging.cohort import CohortSettings, inspect_case
from brain_tumor_kedro.imaging.copy_search import PAIR_COLUMNS
from brain_tumor_kedro.imaging.duplicates import find_label_conflicts
from brain_tumor_kedro.imaging.grouping import group_images
from brain_tumor_kedro.imaging.leakage import find_crossings
from brain_tumor_kedro.imaging.manifest import build_manifest, kept
from brain_tumor_kedro.imaging.same_patients import name_cases, select_cases
from brain_tumor_kedro.imaging.volumes import SliceSettings
from volume_builders import make_case, make_volume


def describe(*cases) -> pd.DataFrame:
    found = (
        inspect_case(case, frozenset(), ("LGG", "HGG"), CohortSettings(), SliceSettings(), 32)
        for case in cases
    )
    rows = [row for inspection in found for row in inspection.rows]
    return build_manifest(row | {"row": None if "reason" in row else 0} for row in rows)


def select(*cases, **settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    return select_cases(describe(*cases), CohortSettings(**settings))


def reasons(manifest: pd.DataFrame) -> dict[str, str]:
    rejected = manifest[manifest["status"] == "rejected"]
    return dict(
        zip(rejected["image_id"].str.removeprefix("brats/"), rejected["reason"], strict=True)
    )


def test_different_patients_are_all_kept_and_nothing_pairs_them():
    manifest, pairs = select(make_case("a"), make_case("b"), make_case("c", tumor=(0, 0)))

    assert reasons(manifest) == {"c": "no_tumor_visible"}
    assert set(name_cases(kept(manifest))) == {"brats/a", "brats/b"}
    assert list(pairs.columns) == PAIR_COLUMNS
    assert pairs.empty


def test_of_identical_scans_the_first_is_kept():
    manifest, pairs = select(make_case("b", seed=1), make_case("a", seed=1), make_case("c"))

    assert reasons(manifest) == {"b": "exact_copy"}
    row = manifest.set_index("image_id").loc["brats/b"]
    assert row["copy_of"] == "brats/a"
    assert "brats/a" in row["detail"]
    assert pairs[["image_a", "image_b", "relation"]].to_numpy().tolist() == [
        ["brats/a#003", "brats/b", "exact_copy"]
    ]


def test_identical_scans_of_different_grades_are_all_dropped_and_count_as_a_conflict():
    twins = make_case("a", "HGG", seed=1), make_case("b", "LGG", seed=1), make_case("c")

    manifest, pairs = select(*twins)

    assert reasons(manifest) == {"a": "label_conflict", "b": "label_conflict"}
    assert find_label_conflicts(manifest, pairs)["copy_set"].nunique() == 1


@pytest.mark.parametrize(
    ("keep", "out"), [("first", ["b", "c"]), ("last", ["a", "b"]), ("all", [])]
)
def test_one_case_of_a_patient_is_kept_unless_all_are_wanted(keep, out):
    cases = [make_case(name, patient="p") for name in "abc"]

    manifest, pairs = select(*cases, make_case("d"), same_patient=keep)

    assert reasons(manifest) == dict.fromkeys(out, "same_patient")
    groups = group_images(manifest, pairs)
    assert kept(groups).groupby("patient_id")["group_id"].nunique().max() == 1


def test_a_patient_has_one_grade_even_where_all_cases_are_kept():
    cases = make_case("a", "LGG", patient="p"), make_case("b", "HGG", patient="p")

    manifest, _ = select(*cases, same_patient="all")

    assert reasons(manifest) == {"b": "same_patient"}
    assert "whose grade is LGG" in manifest.set_index("image_id").loc["brats/b", "detail"]


def test_an_unusable_case_takes_no_other_with_it():
    manifest, _ = select(make_case("a", patient="p", tumor=(0, 0)), make_case("b", patient="p"))

    assert reasons(manifest) == {"a": "no_tumor_visible"}


@pytest.mark.parametrize("keep", ["first", "all"])
def test_patients_who_share_a_scan_are_one(keep):
    scans = (
        make_case("a", seed=1, patient="p"),
        make_case("b", seed=1, patient="q"),
        make_case("c", patient="q"),
    )

    manifest, pairs = select(*scans, make_case("d"), same_patient=keep)

    expected = {"b": "exact_copy"} | ({"c": "same_patient"} if keep == "first" else {})
    assert reasons(manifest) == expected
    groups = kept(group_images(manifest, pairs))
    assert groups.groupby(name_cases(groups))["group_id"].first().nunique() == 2
    assert keep == "all" or pairs["relation"].tolist() == ["exact_copy", "relative"]


def test_the_same_patient_of_another_source_is_another_one():
    manifest, _ = select(make_case("a", patient="p"), make_case("b", patient="p", source="other"))

    assert reasons(manifest) == {}


def test_patients_with_a_slice_in_common_lie_in_one_group():
    first = make_case("a", seed=1)
    changed = {}
    for name in ("t1ce", "t2", "flair"):
        voxels = first.files[name].voxels.copy()
        voxels[:, :, 8:] += 50  # beyond the tumor: the scan differs, its slices do not
        changed[name] = make_volume(voxels)

    manifest, pairs = select(first, make_case("b", changed=changed), make_case("c"))

    assert pairs["relation"].tolist() == ["relative"]
    groups = kept(group_images(manifest, pairs))
    by_case = groups.groupby(name_cases(groups))["group_id"].first()
    assert by_case["brats/a"] == by_case["brats/b"] != by_case["brats/c"]


def test_nothing_usable_leaves_nothing():
    manifest, pairs = select(make_case("a", tumor=(0, 0)))

    assert reasons(manifest) == {"a": "no_tumor_visible"}
    assert pairs.empty


def test_a_copy_of_a_case_that_gave_way_to_another_names_the_one_that_was_kept():
    three = (
        make_case("18", seed=2, patient="p"),
        make_case("19", seed=1, patient="p"),
        make_case("20", seed=1, patient="p"),
    )

    manifest, pairs = select(*three, make_case("d"))

    assert reasons(manifest) == {"19": "same_patient", "20": "same_patient"}
    assert (
        manifest.set_index("image_id")
        .loc["brats/20", "detail"]
        .startswith("of the patient of brats/18,")
    )
    assert kept(group_images(manifest, pairs))["group_id"].nunique() == 2


def test_of_the_last_patient_s_scans_the_last_is_kept_and_its_copies_are_copies():
    scans = (
        make_case("001", seed=1, patient="p"),
        make_case("029", seed=1, patient="q"),
        make_case("035", patient="p"),
        make_case("a", seed=5, patient="r"),
        make_case("b", seed=5, patient="r"),
    )

    manifest, pairs = select(*scans, same_patient="last")

    expected = {"001": "same_patient", "029": "same_patient", "a": "exact_copy"}
    assert reasons(manifest) == expected
    groups = group_images(manifest, pairs).set_index("image_id")["group_id"]
    # An earlier split knows a patient by any name: the dropped case of `q` is in the group.
    assert groups["brats/029"] == groups["brats/035#003"]


CASE = st.tuples(st.sampled_from("pqr"), st.integers(0, 3), st.sampled_from(["LGG", "HGG"]))


def make_rows(cases: list[tuple[str, int, str]]) -> pd.DataFrame:
    """Two slices a case: the upper one is the same in scans 2 and 3."""
    return build_manifest(
        {
            "image_id": f"brats/{place}#{z:03d}",
            "source": "brats",
            "label": label,
            "patient_id": patient,
            "content_hash": f"scan {scan}",
            "pixel_hash": f"{min(scan, 2) if z else scan} {z}",
            "row": 0,
        }
        for place, (patient, scan, label) in enumerate(cases)
        for z in range(2)
    )


def find_people(cases: list[tuple[str, int, str]]) -> dict[str, set[str]]:
    """For every case all cases of the same patient, by a walk from case to case."""
    people = {}
    for start in range(len(cases)):
        found, waiting = {start}, [start]
        while waiting:
            here = cases[waiting.pop()]
            new = {n for n, c in enumerate(cases) if c[0] == here[0] or c[1] == here[1]} - found
            found |= new
            waiting += new
        people[f"brats/{start}"] = {f"brats/{n}" for n in found}
    return people


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(CASE, min_size=1, max_size=6), st.sampled_from(["first", "last", "all"]))
def test_in_any_mixture_a_patient_is_whole_and_every_dropped_case_explained(cases, keep):
    manifest, pairs = select_cases(make_rows(cases), CohortSettings(same_patient=keep))

    grouped = group_images(manifest, pairs)
    rows = kept(grouped)
    there, people = set(name_cases(rows)), find_people(cases)
    scans = {f"brats/{place}": case[1] for place, case in enumerate(cases)}
    conflicts = set(manifest.loc[manifest["reason"] == "label_conflict", "image_id"])
    for case, person in people.items():
        usable = person - conflicts
        group = rows.loc[name_cases(rows).isin(person), "group_id"]
        assert group.nunique() == bool(usable)
        assert keep == "all" or there & person == {
            name for name in [(min if keep == "first" else max)(usable, default=None)] if name
        }
        assert len({cases[int(name[6:])][2] for name in there & person}) <= 1
        assert (case in there) + (manifest["image_id"] == case).sum() == 1
    for row in grouped[grouped["status"] == "rejected"].itertuples():
        if row.reason == "exact_copy":
            assert row.copy_of in there
            assert scans[row.copy_of] == scans[row.image_id]
            assert row.copy_of in row.detail
        elif row.reason == "same_patient":
            named = row.detail.removeprefix("of the patient of ").partition(",")[0]
            assert named in there & people[row.image_id]
            assert row.group_id == rows.loc[name_cases(rows) == named, "group_id"].iloc[0]
        else:
            assert row.detail == "the same scan is given as HGG, LGG"
    assert find_crossings(grouped.assign(split="train"), pairs).empty
    # The price of leakage is judged on what is kept alone.
    ends = pairs[["image_a", "image_b"]].isin(set(rows["image_id"])).all(axis=1)
    alone = group_images(rows, pairs[ends]).groupby(rows["group_id"])["group_id"].nunique()
    assert alone.max() <= 1 or rows.empty
