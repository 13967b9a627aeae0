"""One run of the sample's volumes to a decision by patient, and what it must have left."""

import json
import re

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from brain_tumor_kedro.imaging.manifest import check_manifest
from brain_tumor_kedro.pipelines.reporting.pipeline import THEMES, THEMES_OF
from brain_tumor_kedro.tasks import GLIOMA_GRADE

REPORTING = "08_reporting/glioma_grade"

#: What is true of the other task alone.
OF_THE_OTHER = ("figshare", "kaggle", "sartaj", "br35h", "meningioma", "pituitary")


@pytest.fixture(scope="module")
def graded(kedro, sample):
    """Curation, training and evaluation of the volumes; it prints where everything is."""
    return kedro("run", "--env", "sample", "--pipelines", "grading")


@pytest.fixture(scope="module")
def read(sample, graded):
    """The newest version of a file below the sample's data folder, as a path."""

    def newest(pattern: str):
        found = sorted(path for path in sample.glob(pattern) if path.is_file())
        assert found, f"no {pattern} below {sample}"
        return found[-1]

    return newest


@pytest.fixture(scope="module")
def manifest(read) -> pd.DataFrame:
    return check_manifest(pd.read_parquet(read("03_primary/glioma_grade/manifest.parquet/*/*")))


@pytest.fixture(scope="module")
def theme(read):
    return lambda name: json.loads(read(f"{REPORTING}/{name}.json/*/*").read_text())


@pytest.fixture(scope="module")
def page(read) -> str:
    return read(f"{REPORTING}/report.html/*/*").read_text()


def test_a_patient_lies_in_one_split_with_all_slices(manifest, read):
    kept = manifest[manifest["status"] == "kept"]
    images = np.load(read("05_model_input/glioma_grade/images.npy/*/*"), mmap_mode="r")

    assert (kept.groupby("patient_id")["split"].nunique() == 1).all()
    assert set(kept["label"]) == set(GLIOMA_GRADE.classes)
    assert images.shape == (len(kept), 48, 48, 3)
    assert len(kept) > 3 * kept["patient_id"].nunique()


def test_every_planted_fault_leaves_its_case_out(manifest, sample):
    planted = json.loads((sample / "01_raw" / "planted.json").read_text())["volumes"]
    reasons = manifest.set_index("image_id")["reason"]

    assert {name: reasons[name] for name in planted["rejected"]} == planted["rejected"]
    kept = manifest[manifest["status"] == "kept"]["image_id"].str.partition("#")[0]
    assert kept.nunique() == planted["kept"]
    labels = manifest[manifest["status"] == "kept"].assign(case=kept).drop_duplicates("case")
    assert (labels["case"].map(planted["grades"]) == labels["label"]).all()


def test_every_part_of_the_evaluation_is_of_this_classifier_and_finds_something(theme):
    fingerprint = theme("training_summary")["fingerprint"]

    for name in (*THEMES, *THEMES_OF["patient"]):
        assert theme(name)["fingerprint"] == fingerprint
        assert theme(name)["findings"]


def test_metrics_are_those_of_the_predictions(theme, read):
    predictions = pd.read_parquet(read("07_model_output/glioma_grade/predictions.parquet/*/*"))
    right = predictions["label"] == predictions["predicted"]

    for split, part in right.groupby(predictions["split"]):
        assert theme("metrics")[split]["accuracy"] == pytest.approx(part.mean())
        assert theme("metrics")[split]["n"] == len(part)


def test_every_patient_is_scored_beside_always_saying_the_positive_class(manifest, read):
    scores = pd.read_csv(read(f"{REPORTING}/patient_scores.csv/*/*"))
    test = scores.query("split == 'test' and level == 'patient' and metric == 'accuracy'")
    patients = manifest[manifest["split"] == "test"].drop_duplicates("patient_id")

    assert {"majority", "soft", "attention", "always_positive"} <= set(test["strategy"])
    assert set(test["n"]) == {len(patients)}
    always = test.set_index("strategy").loc["always_positive", "value"]
    assert always == pytest.approx((patients["label"] == "HGG").mean())


def test_maps_are_scored_by_the_outlines_of_the_volumes(theme):
    explanation = theme("explanation")

    assert explanation["n_scored"] == explanation["n"] > 0
    assert explanation["left_out"] == {}
    assert {row["part"] for row in explanation["hidden"]} >= {"all"}


def test_the_report_is_whole_and_of_patients(page):
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert len(page) < 8_000_000
    for key in (
        "results",
        "patients",
        "calibration",
        "explanation",
        "robustness",
        "errors",
        "guard",
    ):
        assert f'<section id="{key}">' in page
    assert "test patients classified correctly" in page
    assert "red T1CE, green T2, blue FLAIR" in page
    assert "Phantom data" in page
    assert "All images are from one source" in page


@pytest.mark.parametrize("name", ["report.html", "model_card.md", "checklists.md"])
def test_nothing_is_said_of_the_other_task(read, name):
    text = read(f"{REPORTING}/{name}/*/*").read_text()
    said = re.sub(r'src="data:[^"]*"', "", text).lower()

    assert not [word for word in OF_THE_OTHER if word in said]
    assert "phantom" in said


def test_the_card_says_what_the_classifier_takes(read):
    card = read(f"{REPORTING}/model_card.md/*/*").read_text()

    assert "uint8 (h, w, 3)" in card
    assert "of 3 sequences (T1CE, T2, FLAIR)" in card
    assert "PHANTOM DATA" in card


def test_the_classifier_is_registered_under_the_task(sample, graded, manifest):
    client = MlflowClient(f"sqlite:///{sample}/mlflow/mlflow.db")

    version = client.get_model_version_by_alias("brain_tumor_glioma_grade", "challenger")

    assert version.tags["phantom"] == "True"


def test_the_registered_classifier_answers_about_three_sequences(sample, graded, read):
    mlflow.set_tracking_uri(f"sqlite:///{sample}/mlflow/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/brain_tumor_glioma_grade@challenger")
    images = np.load(read("05_model_input/glioma_grade/images.npy/*/*"), mmap_mode="r")

    answers = model.predict(pd.DataFrame({"image": list(images[:3])}))

    assert set(answers["label"]) <= {"LGG", "HGG"}
    with pytest.raises(MlflowException, match="T1CE, T2, FLAIR"):
        model.predict(pd.DataFrame({"image": list(images[:3, :, :, 0])}))


def test_the_run_ends_with_slices_and_patients(graded):
    closing = graded.stdout.split("Recipe    ")[1]

    assert re.search(r"Accuracy  [01]\.\d{3}.* on \d+ test slices, split by patient", closing)
    assert re.search(r"Patients  accuracy .* by soft voting, \d+ test patients", closing)
    assert "for always HGG" in closing
    assert "Phantom data" in closing
