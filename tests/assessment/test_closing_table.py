import pytest

from brain_tumor_kedro.assessment.closing_table import WIDTH, tabulate_curation

SUMMARY = {
    "found": 7828,
    "kept": 3817,
    "rejected": {"near_copy": 3899, "exact_copy": 88, "label_conflict": 24},
    "sources": {
        "figshare": {"found": 3064, "kept": 3064, "rejected": {}},
        "kaggle/set": {
            "found": 4764,
            "kept": 753,
            "rejected": {"near_copy": 3899, "exact_copy": 88, "label_conflict": 24},
        },
    },
    "splits": {"train": {"glioma": 1218, "no_tumor": 431}, "val": {"glioma": 136}, "test": {}},
    "source_overlap": {"figshare//kaggle/set": 2291},
    "published_split_leakage": {"kaggle/set": {"test": 394, "copied_from_train": 259}},
    "label_conflicts": 8,
    "groups": 826,
    "split_strategy": "group",
    "seconds": 86.4,
}


def test_the_table_says_what_came_what_went_and_what_the_collections_hide():
    text = "\n".join(tabulate_curation(SUMMARY))

    assert text == (
        "Source      found   kept  near copy  exact copy  label conflict\n"
        "figshare    3,064  3,064          0           0               0\n"
        "kaggle/set  4,764    753      3,899          88              24\n"
        "all         7,828  3,817      3,899          88              24\n"
        "\n"
        "Class     train  val  test    all\n"
        "glioma    1,218  136     0  1,354\n"
        "no tumor    431    0     0    431\n"
        "all       1,649  136     0  1,785\n"
        "\n"
        "Overlap   2,291 slices are in both figshare and kaggle/set\n"
        "Leakage   kaggle/set: 259 of 394 test images (65.7%) are copies of its training\n"
        "Labels    8 sets of copies contradict each other\n"
        "Groups    826 groups of relatives, split by group\n"
        "Time      86.4 s"
    )


def test_stages_and_external_sources_are_said_where_they_are_known():
    more = {
        "seconds_by_stage": {"inspect_files": 20.4, "split": 0.3, "pack": 8.0, "find_copies": 12.2},
        "external": {"kaggle/other": {"found": 1500, "kept": 1200, "overlapping": 300}},
    }
    lines = tabulate_curation(SUMMARY | more)

    assert "Time      86.4 s, inspect files 20 s, find copies 12 s, pack 8 s" in lines
    assert "External  kaggle/other: 1,200 of 1,500 kept, 300 overlap with other sources" in lines


@pytest.mark.parametrize("number", [5, 20])
def test_many_reasons_and_long_names_stay_within_a_hundred_columns(number):
    rejected = {f"a_rather_long_reason_{n}": 1_000_000 - n for n in range(number)}
    source = {"found": 99_000_000, "kept": 0, "rejected": rejected}
    sources = {f"kaggle/{'x' * 80}_{n}": source for n in range(number)}
    lines = tabulate_curation(
        {"rejected": rejected, "sources": sources, "splits": {"train": {"y" * 90: 1}}}
        | {"published_split_leakage": {"z" * 120: {"test": 2, "copied_from_train": 1}}}
    )

    assert max(map(len, lines)) <= WIDTH
    assert "other" in lines[0]
    left = sum(rejected.values()) - sum(
        n for reason, n in rejected.items() if reason.replace("_", " ") in lines[0]
    )
    assert lines[1].endswith(f"{left:,}")


def test_a_source_may_have_any_sign_in_its_name():
    lines = tabulate_curation({"source_overlap": {"figshare//kaggle/a|b": 7}})

    assert "Overlap   7 slices are in both figshare and kaggle/a|b" in lines


def test_whatever_is_missing_does_not_break_it():
    assert tabulate_curation({})[0].startswith("Source")


def test_patients_are_counted_beside_their_slices():
    summary = {
        "splits": {"train": {"LGG": 60, "HGG": 110}, "test": {"LGG": 17, "HGG": 29}},
        "patients": {
            "classes": {"LGG": 7, "HGG": 13},  # one patient has slices in both splits
            "splits": {"train": {"LGG": 6, "HGG": 10}, "test": {"LGG": 2, "HGG": 3}},
        },
    }

    lines = [line.split() for line in tabulate_curation(summary)]

    start = lines.index(["Patients", "train", "test", "all"])
    assert lines[start + 1 : start + 4] == [
        ["LGG", "6", "2", "7"], ["HGG", "10", "3", "13"], ["all", "16", "5", "20"],
    ]  # fmt: skip
    assert ["Slices", "train", "test", "all"] in lines
