import io
import time

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.holdout import count_external
from brain_tumor_kedro.imaging.leakage import LeakageError
from brain_tumor_kedro.imaging.outliers import OutlierSettings
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.pipelines.curation import nodes
from builders import ArrayFile, draw, make_manifest, make_pairs, make_row, write_file

HERE = ParallelSettings(backend="threading", workers=1)
LABELS = ("glioma", "meningioma", "pituitary", "no_tumor")


@pytest.fixture
def files(tmp_path):
    """Twenty-four slices, a brighter copy of the first and an empty file."""
    good = [
        write_file(tmp_path / f"{number:02d}", draw(number), label=LABELS[number % 4])
        for number in range(24)
    ]
    brighter = np.minimum(draw(0).astype(int) + 20, 255).astype(np.uint8)
    copy = write_file(tmp_path / "copy", brighter, label=LABELS[0])
    return [*good, copy, write_file(tmp_path / "empty", b"")]


def test_files_of_all_sources_are_listed_and_an_empty_one_is_named(caplog):
    two = tuple(ArrayFile(name, None) for name in "ab")

    listed, notes, started = nodes.list_files(
        Source(two, "expected A", ("folds do not fit",)), Source((), "expected B"), [], []
    )

    assert listed == list(two)
    assert started > 0
    assert "expected B" in caplog.text
    assert "folds do not fit" in caplog.text
    assert notes[1] == "folds do not fit"


def test_phantoms_beside_real_images_stop_the_run():
    real, phantom = (Source((ArrayFile(name, None),), "") for name in ("a/1", "phantom/1"))

    with pytest.raises(ValueError, match="found both, such as a/1 and phantom/1"):
        nodes.list_files(real, phantom, [], [])


def test_without_any_file_the_run_stops():
    with pytest.raises(ValueError, match="No images found"):
        nodes.list_files(Source((), "expected A"), Source((), "expected B"), [], [])


def test_the_steps_lead_from_files_to_packed_images_and_a_summary(files):
    inspected, thumbnails = nodes.inspect_files(files[::-1], HERE)
    pairs = nodes.find_copies(inspected, thumbnails, SimilaritySettings(), [], [])
    left = nodes.drop_copies(inspected, pairs, ["figshare"], [])
    settings = SplitSettings(train=0.5, val=0.25, test=0.25)
    split = nodes.split_images(left, pairs, pd.DataFrame(), settings, [])
    checked, crossings = nodes.check_leakage(split, pairs, settings)
    images, manifest, seconds = nodes.pack_images(
        checked, files, PackingSettings(size=64), HERE, time.time() - 5
    )
    atlas = nodes.draw_up_atlas(manifest, pairs)
    summary = nodes.summarize_curation(
        manifest,
        pairs,
        atlas,
        crossings,
        settings,
        [],
        ["a note"],
        SimilaritySettings(),
        [],
        OutlierSettings(),
        PackingSettings(size=64),
        seconds,
        "tumor_type",
    )

    assert images.shape == (24, 64, 64)
    assert summary["found"] == 26
    assert summary["rejected"] == {"empty": 1, "near_copy": 1}
    assert 5 <= summary["seconds"] < 600
    assert summary["settings"]["packing"] == {"size": 64}
    assert SplitSettings(**summary["settings"]["split"]) == settings
    assert summary["earlier_manifests"] == 0
    assert summary["atlas"]["pictures"] == 24
    assert summary["atlas"]["files"] == 25
    summary |= {"phantom": False}
    figures = nodes.plot_data(manifest, images, summary, "tumor_type")
    conflicts = nodes.list_conflicts(manifest, pairs, ["figshare"], [], summary)
    figures = [*figures, *nodes.plot_comparisons(manifest, pairs, conflicts, files, summary)]
    assert [figure.get_label() for figure in figures] == [summary["manifest_digest"]] * 7
    assert conflicts.empty


def png_of(stamp: str) -> bytes:
    buffer = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(buffer, metadata={"Source": stamp})
    return buffer.getvalue()


def test_the_report_takes_figures_of_these_data_only():
    manifest = make_manifest(make_row("a", "glioma"), make_row("b", "pituitary"))
    summary = {"manifest_digest": "d1", "kept": 2}
    pairs = make_pairs(("a", "b", "near_copy"))
    conflicts = nodes.list_conflicts(manifest, pairs, [], [], summary)

    page = nodes.write_report(summary, conflicts, "tumor_type", copies=png_of("d1"))

    assert set(conflicts["manifest_digest"]) == {"d1"}
    assert 'id="figure-copies"' in page
    with pytest.raises(ValueError, match="one of d2, expected d1"):
        nodes.write_report(summary, conflicts, "tumor_type", copies=png_of("d2"))


def test_the_manifest_says_how_it_was_split_and_has_folds():
    rows = [make_row(f"{number:02d}", LABELS[number % 4]) for number in range(48)]
    settings = SplitSettings(train=0.5, val=0.25, test=0.25)

    manifest = nodes.split_images(make_manifest(*rows), make_pairs(), pd.DataFrame(), settings, [])
    checked, _ = nodes.check_leakage(manifest, make_pairs(), settings)

    assert checked.attrs["split"] == settings.model_dump() | {"holdout_sources": []}
    assert checked.attrs["earlier_manifests"] == 0
    earlier = checked.assign(version=0)
    earlier.attrs = {"versions": [checked.attrs]}
    again = nodes.split_images(make_manifest(*rows), make_pairs(), earlier, settings, [])
    assert again.attrs["earlier_manifests"] == 1
    assert checked["fold"].notna().equals(checked["split"].isin(["train", "val"]))


def test_a_held_out_source_is_external_less_what_it_shares():
    rows = [make_row(f"{number:02d}", LABELS[number % 4]) for number in range(24)]
    out = [make_row(f"out{number}", LABELS[3], source="kaggle/out") for number in range(3)]
    pairs = make_pairs(("03", "out0", "near_copy"), ("01", "out1", "relative"))
    settings, held_out = SplitSettings(train=0.5, val=0.25, test=0.25), ["kaggle/out"]

    left = nodes.drop_copies(make_manifest(*rows, *out), pairs, [], held_out)
    manifest = nodes.split_images(left, pairs, pd.DataFrame(), settings, held_out)
    checked, crossings = nodes.check_leakage(manifest, pairs, settings)
    atlas = nodes.draw_up_atlas(checked, pairs)
    summary = nodes.summarize_curation(
        checked.assign(row=None), pairs, atlas, crossings, settings, held_out, [],
        SimilaritySettings(), [], OutlierSettings(), PackingSettings(), 0.0, "tumor_type",
    )  # fmt: skip

    reasons = manifest.set_index("image_id")["reason"].dropna().to_dict()
    assert reasons == {"out0": "near_copy", "out1": "overlap"}
    assert manifest["image_id"][manifest["split"] == "external"].tolist() == ["out2"]
    assert summary["external"] == {"kaggle/out": {"found": 3, "kept": 1, "overlapping": 2}}
    assert summary["splits"]["external"] == {"no_tumor": 1}


def test_by_published_folds_relatives_without_a_fold_are_rejected_beside_the_folds_judged_by():
    rows = [
        make_row(f"{number:02d}", LABELS[number % 4], published_fold=number // 4 % 5 + 1)
        for number in range(40)
    ]
    extra = [make_row("beside", LABELS[0]), make_row("free", LABELS[0])]
    pairs = make_pairs(("16", "beside", "relative"))
    settings = SplitSettings(strategy="published_fold")

    manifest = nodes.split_images(make_manifest(*rows, *extra), pairs, pd.DataFrame(), settings, [])

    found = manifest.set_index("image_id")
    assert found.loc["16", "split"] == "test"
    assert found.loc["beside", "reason"] == "overlap"
    assert found.loc["free", "split"] == "train"


def test_a_source_that_is_not_there_cannot_be_held_out():
    with pytest.raises(ValueError, match=r"kaggle/set.*found \['kaggle/typo'\]"):
        nodes.list_files(Source((ArrayFile("a", None),), ""), Source((), ""), [], ["kaggle/typo"])


def test_a_trusted_source_must_be_there_but_figshare_may_be_empty():
    kaggle = Source((ArrayFile("a", None),), "")

    nodes.list_files(Source((), ""), kaggle, ["figshare"], [])

    for wrong in (["figshar"], "figshare", None):
        with pytest.raises(ValueError, match=r"expert_sources to be a list .*'kaggle/set'"):
            nodes.list_files(Source((), ""), kaggle, wrong, [])


def test_a_copy_in_a_held_out_source_changes_nothing_inside():
    inner = [
        make_row("a"), make_row("b"), make_row("c", "pituitary"), make_row("d"),
        make_row("e", "meningioma"),
    ]  # fmt: skip
    out = [
        make_row(name, label, source="kaggle/out")
        for name, label in {
            "of a": "meningioma", "of d": "glioma", "b and c": "glioma", "x": "glioma",
            "y": "meningioma", "of of d": "glioma",
        }.items()
    ]  # fmt: skip
    ties = [
        ("a", "of a", "exact_copy"), ("d", "e", "near_copy"), ("d", "of d", "near_copy"),
        ("b", "b and c", "near_copy"), ("b and c", "c", "near_copy"), ("x", "y", "near_copy"),
        ("of d", "of of d", "near_copy"),
    ]  # fmt: skip
    held_out = ["kaggle/out"]

    left = nodes.drop_copies(make_manifest(*inner, *out), make_pairs(*ties), held_out, held_out)

    found = left.set_index("image_id")
    assert found["reason"].dropna().to_dict() == {
        "of a": "exact_copy", "b and c": "near_copy", "d": "label_conflict",
        "e": "label_conflict", "of d": "overlap", "of of d": "overlap",
        "x": "label_conflict", "y": "label_conflict",
    }  # fmt: skip
    assert found["copy_of"].dropna().to_dict() == {"of a": "a", "b and c": "b"}
    assert count_external(left, held_out)["kaggle/out"]["overlapping"] == 4


def test_the_gate_stops_a_run_that_leaks(files):
    inspected, _ = nodes.inspect_files(files[:4], HERE)
    leaky = inspected.assign(split=["train", "test", "train", "val"], group_id=list("abcd"))

    with pytest.raises(LeakageError):
        nodes.check_leakage(leaky, make_pairs(("00", "01", "relative")), SplitSettings())


def test_a_class_without_images_is_named(caplog):
    rows = (make_row(str(number), LABELS[number % 3]) for number in range(9))
    manifest = make_manifest(*rows).assign(split="train", group_id="a", row=range(9))

    atlas = nodes.draw_up_atlas(manifest, make_pairs())
    similarity = SimilaritySettings()
    nodes.summarize_curation(
        manifest, make_pairs(), atlas, make_pairs(), SplitSettings(), [], [], similarity, [],
        OutlierSettings(), PackingSettings(), 0.0, "tumor_type",
    )  # fmt: skip

    assert "No image of no_tumor was kept" in caplog.text


def test_what_may_be_no_brain_slice_is_flagged_and_named(tmp_path, caplog):
    heads = [write_file(tmp_path / f"{number:03d}", draw(number)) for number in range(110)]
    noise = np.random.default_rng(0).integers(0, 255, (128, 128), dtype=np.uint8)
    described, thumbnails = nodes.inspect_files(
        [*heads, write_file(tmp_path / "noise", noise)], HERE
    )

    inspected = nodes.flag_outliers(described, thumbnails, OutlierSettings())

    assert inspected.set_index("image_id").loc["noise", "flag"] == "non_brain"
    assert (inspected["status"] == "kept").all()
    assert "may show no brain slice" in caplog.text
