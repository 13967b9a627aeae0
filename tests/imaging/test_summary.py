import json

import pandas as pd

from brain_tumor_kedro.imaging.leakage import find_crossings
from brain_tumor_kedro.imaging.summary import summarize
from builders import make_manifest, make_pairs, make_row


def test_every_file_is_counted_once():
    manifest = make_manifest(
        make_row("a", published_split="train"),
        make_row("b", reason="near_copy", copy_of="a", published_split="test"),
        make_row("c", label="pituitary", source="figshare"),
        make_row("d", reason="empty"),
    )
    manifest = manifest.assign(
        split=["train", None, "test", None],
        group_id=["a", "a", "c", None],
        flag=["non_brain", None, None, None],
    )
    pairs = make_pairs(("a", "b", "near_copy"), ("a", "c", "relative"), ("b", "c", "relative"))

    summary = summarize(manifest, pairs, find_crossings(manifest, pairs), "group")

    assert summary["found"] == 4
    assert summary["kept"] + sum(summary["rejected"].values()) == 4
    assert summary["sources"] == {
        "figshare": {"found": 1, "kept": 1, "rejected": {}, "flagged": 0},
        "kaggle/set": {
            "found": 3,
            "kept": 1,
            "rejected": {"empty": 1, "near_copy": 1},
            "flagged": 1,
        },
    }
    assert summary["splits"] == {"train": {"glioma": 1}, "val": {}, "test": {"pituitary": 1}}
    assert summary["groups"] == 2
    assert summary["relatives"] == 1
    assert summary["cross_split_copies"] == 0
    assert summary["published_split_leakage"] == {"kaggle/set": {"test": 1, "copied_from_train": 1}}
    json.dumps(summary)


def test_held_out_sources_and_folds_are_counted():
    manifest = make_manifest(
        make_row("a", published_fold=3), make_row("b"), make_row("out", source="kaggle/out")
    )
    manifest = manifest.assign(
        split=["train", "val", "external"],
        group_id=["a", "b", "out"],
        fold=pd.array([0, 1, None], dtype="Int64"),
    )

    summary = summarize(manifest, make_pairs(), make_pairs(), "group", ["kaggle/out"])

    assert summary["splits"]["external"] == {"glioma": 1}
    assert summary["external"] == {"kaggle/out": {"found": 1, "kept": 1, "overlapping": 0}}
    assert summary["folds"] == {"0": 1, "1": 1}
    assert summary["published_folds"] == {"3": 1}
