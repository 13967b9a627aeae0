"""The phantom volumes of the sample, through the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images


@pytest.fixture(scope="module")
def curated(kedro, sample, tmp_path_factory):
    """What a curation of the sample leaves, by name."""
    place = tmp_path_factory.mktemp("data")
    params = f"data_dir={place}"
    result = kedro("run", "--env", "sample", "--pipelines", "grading_curation", "--params", params)

    def find(pattern: str):
        return sorted(path for path in place.glob(pattern) if path.is_file())[-1]

    manifest = pd.read_parquet(find("03_primary/glioma_grade/manifest.parquet/*/*"))
    images = np.load(find("05_model_input/glioma_grade/images.npy/*/*"))
    summary = find("08_reporting/glioma_grade/curation_summary.json/*/*").read_text()
    return manifest, images, json.loads(summary), result.stdout + result.stderr


def test_every_planted_fault_and_copy_is_found_and_no_other(sample, curated):
    planted = json.loads((sample / "01_raw" / "planted.json").read_text())["volumes"]
    manifest, _, summary, _ = curated

    rejected = manifest[manifest["status"] == "rejected"].set_index("image_id")
    faults = rejected.loc[rejected["reason"] != "exact_copy", "reason"].to_dict()
    assert faults == planted["rejected"]
    copies = rejected.loc[rejected["reason"] == "exact_copy", "copy_of"].to_dict()
    assert {frozenset(pair.values()) for pair in planted["copies"]} == set(
        map(frozenset, copies.items())
    )
    assert (summary["found"], summary["kept"]) == (planted["cases"], planted["kept"])


def test_grades_are_those_that_were_planted_and_no_patient_is_parted(sample, curated):
    planted = json.loads((sample / "01_raw" / "planted.json").read_text())["volumes"]
    rows = kept(curated[0])

    case = rows["image_id"].str.partition("#")[0]
    assert rows["label"].tolist() == case.map(planted["grades"]).tolist()
    patient = case.map(planted["patients"])
    assert rows.groupby(patient)["split"].nunique().max() == 1
    assert rows["group_id"].nunique() == patient.nunique()


def test_images_and_summary_belong_to_the_manifest(curated):
    manifest, images, summary, printed = curated

    require_same_images(images, manifest)
    assert images.shape[1:] == (48, 48, 3)
    assert summary["manifest_digest"] == digest_manifest(manifest)
    assert summary["phantom"]
    assert "Phantom data" in printed
    assert "curation_report.html" in printed
