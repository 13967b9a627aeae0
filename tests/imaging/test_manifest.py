import pandas as pd
import pytest

from brain_tumor_kedro.imaging.manifest import (
    COLUMNS,
    REASONS,
    build_manifest,
    check_manifest,
    digest_manifest,
    explain_reasons,
    is_phantom,
    kept,
    require_files,
)
from builders import make_manifest, make_row


def test_rows_are_ordered_by_id_and_rejected_where_they_have_a_reason():
    manifest = make_manifest(make_row("b"), make_row("a", reason="blank", detail="black"))

    assert manifest["image_id"].tolist() == ["a", "b"]
    assert manifest["status"].tolist() == ["rejected", "kept"]
    assert list(manifest.columns) == list(COLUMNS)


def test_a_file_of_which_nothing_is_known_but_its_name_has_a_row():
    manifest = build_manifest([{"image_id": "x", "source": "figshare", "reason": "empty"}])

    row = manifest.iloc[0]
    assert row["status"] == "rejected"
    assert row[["label", "patient_id", "width", "split", "row"]].isna().all()


def test_a_manifest_survives_parquet(tmp_path):
    manifest = make_manifest(make_row("a"), make_row("b", reason="blank"))
    manifest.to_parquet(tmp_path / "manifest.parquet")

    read = check_manifest(pd.read_parquet(tmp_path / "manifest.parquet"))

    pd.testing.assert_frame_equal(read, manifest)


def test_two_files_of_one_id_are_refused():
    with pytest.raises(ValueError, match="image_id"):
        make_manifest(make_row("a"), make_row("a"))


def test_a_reason_outside_the_list_is_refused():
    with pytest.raises(ValueError, match="ugly"):
        make_manifest(make_row("a", reason="ugly"))


def test_a_rejected_image_in_a_split_is_refused():
    manifest = make_manifest(make_row("a", reason="blank"))

    with pytest.raises(ValueError, match="only a kept image lies in a split"):
        check_manifest(manifest.assign(split="train"))


def test_the_digest_changes_with_the_split_and_not_with_the_order_or_rejected_rows():
    manifest = make_manifest(make_row("a"), make_row("b"), make_row("c", reason="blank"))
    digest = digest_manifest(manifest)

    assert digest_manifest(manifest[::-1]) == digest
    assert digest_manifest(kept(manifest)) == digest
    assert digest_manifest(manifest.assign(split=["train", "test", None])) != digest
    assert digest_manifest(manifest.assign(label="pituitary")) != digest


def test_phantoms_are_told_by_their_ids():
    assert is_phantom(make_manifest(make_row("figshare/phantom_1.mat")))
    assert not is_phantom(make_manifest(make_row("figshare/1.mat")))


def test_one_missing_source_is_named_and_none_at_all_stops():
    full, empty = (["file"], "expected A"), ([], "expected B")

    assert require_files([full, empty]) == ["expected B"]
    with pytest.raises(ValueError, match=r"(?s)expected B.*--env sample"):
        require_files([empty, empty])


def test_of_cases_reasons_speak_of_volumes_and_scans():
    of_images, of_cases = explain_reasons(None), explain_reasons("cases")

    assert of_images == REASONS
    assert set(of_cases) == set(REASONS)
    assert of_cases["exact_copy"] == "the same voxels as a scan that was kept"
    assert "image" not in of_cases["unreadable"]
