import pandas as pd
import pytest

from brain_tumor_kedro.imaging.cohort_table import (
    COHORT_COLUMNS,
    summarize_cohort,
    tabulate_cohort,
)
from brain_tumor_kedro.imaging.manifest import digest_manifest
from builders import make_manifest, make_row


@pytest.fixture
def manifest() -> pd.DataFrame:
    rows = [
        make_row(f"brats/{case}#{z:03d}", label, source="brats", patient_id=case)
        for case, label, places in [("a", "HGG", (7, 9)), ("b", "LGG", (3,)), ("c", "HGG", (100,))]
        for z in places
    ]
    lost = make_row("brats/d", None, source="brats", reason="missing_sequence", detail="no t2")
    table = make_manifest(*rows, lost)
    case = table["image_id"].str.partition("#")[0]
    split = case.map({"brats/a": "train", "brats/b": "train", "brats/c": "test"})
    return table.assign(group_id=case.mask(case == "brats/d"), split=split.astype("str"))


@pytest.fixture
def measures() -> pd.DataFrame:
    columns = {"depth": 155.0, "tumor_slices": 60.0, "tumor_ml": 90.5, "largest_mm2": 2000.0}
    return pd.DataFrame(columns, index=["brats/a", "brats/b", "brats/c"])


def test_every_case_has_one_row_with_its_slices_and_measures(manifest, measures):
    cohort = tabulate_cohort(manifest, measures)

    assert list(cohort.columns) == COHORT_COLUMNS
    assert cohort["image_id"].tolist() == ["brats/a", "brats/b", "brats/c", "brats/d"]
    first, last = cohort.iloc[0], cohort.iloc[3]
    assert (first["slices"], first["first"], first["last"]) == (2, 7, 9)
    assert (first["split"], first["tumor_ml"]) == ("train", 90.5)
    assert (last["slices"], last["reason"], last["detail"]) == (0, "missing_sequence", "no t2")
    assert pd.isna(last["first"])
    assert pd.isna(last["tumor_ml"])
    assert set(cohort["manifest_digest"]) == {digest_manifest(manifest)}


def test_cases_patients_and_slices_are_counted_apart(manifest, measures):
    manifest["fold"] = manifest["label"].map({"HGG": 0, "LGG": 1}).astype("Int64")
    manifest["fold"] = manifest["fold"].where(manifest["split"] == "train")
    cohort = tabulate_cohort(manifest, measures)

    summary = summarize_cohort(manifest, cohort, ("LGG", "HGG"))

    assert (summary["counted"], summary["found"], summary["kept"]) == ("cases", 4, 3)
    assert summary["slices"] == 4
    assert summary["rejected"] == {"missing_sequence": 1}
    assert summary["sources"]["brats"] == {
        "found": 4, "kept": 3, "rejected": {"missing_sequence": 1}, "flagged": 0,
    }  # fmt: skip
    assert summary["patients"]["classes"] == {"LGG": 1, "HGG": 2}
    assert summary["patients"]["splits"] == {
        "train": {"LGG": 1, "HGG": 1},
        "val": {"LGG": 0, "HGG": 0},
        "test": {"LGG": 0, "HGG": 1},
    }
    assert summary["patients"]["folds"] == {"0": 1, "1": 1}
    assert summary["left_out"] == [
        {"image_id": "brats/d", "reason": "missing_sequence", "detail": "no t2"}
    ]


def test_a_patient_with_two_cases_is_counted_once(manifest, measures):
    joined = manifest.assign(group_id=manifest["group_id"].replace("brats/c", "brats/a"))
    joined = joined.assign(split=joined["split"].replace("test", "train"))

    summary = summarize_cohort(joined, tabulate_cohort(joined, measures), ("LGG", "HGG"))

    assert summary["kept"] == 3
    assert summary["patients"]["classes"] == {"LGG": 1, "HGG": 1}


def test_without_a_case_that_was_kept_everything_is_zero():
    manifest = make_manifest(make_row("brats/d", None, source="brats", reason="unreadable"))
    manifest = manifest.assign(group_id=None, split=None)
    empty = pd.DataFrame(
        columns=["depth", "tumor_slices", "tumor_ml", "largest_mm2"], dtype="float64"
    )

    summary = summarize_cohort(manifest, tabulate_cohort(manifest, empty), ("LGG", "HGG"))

    assert (summary["found"], summary["kept"], summary["slices"]) == (1, 0, 0)
    assert summary["patients"]["classes"] == {"LGG": 0, "HGG": 0}


def test_where_slices_were_split_a_patient_counts_in_every_split(manifest, measures):
    parted = manifest.assign(split=["train", "test", "val", "test", None])

    cohort = tabulate_cohort(parted, measures)
    patients = summarize_cohort(parted, cohort, ("LGG", "HGG"))["patients"]

    assert cohort["split"].tolist()[:3] == ["train, test", "val", "test"]
    assert patients["splits"]["test"] == {"LGG": 0, "HGG": 2}
    assert patients["classes"] == {"LGG": 1, "HGG": 2}
