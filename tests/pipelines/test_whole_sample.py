"""One run of the whole sample, and what it must have left."""

import json
import re
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image

from brain_tumor_kedro.imaging.manifest import check_manifest, digest_manifest
from brain_tumor_kedro.imaging.quality import hash_pixels
from brain_tumor_kedro.pipelines.reporting.pipeline import THEMES
from brain_tumor_kedro.tasks import TUMOR_TYPE

REPORTING = "08_reporting/tumor_type"


@pytest.fixture(scope="module")
def planted(sample) -> dict:
    return json.loads((sample / "01_raw" / "planted.json").read_text())


@pytest.fixture(scope="module")
def manifest(read) -> pd.DataFrame:
    return check_manifest(pd.read_parquet(read("03_primary/tumor_type/manifest.parquet/*/*")))


@pytest.fixture(scope="module")
def summary(read) -> dict:
    return json.loads(read(f"{REPORTING}/curation_summary.json/*/*").read_text())


@pytest.fixture(scope="module")
def metrics(read) -> dict:
    return json.loads(read(f"{REPORTING}/metrics.json/*/*").read_text())


@pytest.fixture(scope="module")
def training_summary(read) -> dict:
    return json.loads(read(f"{REPORTING}/training_summary.json/*/*").read_text())


@pytest.fixture(scope="module")
def client(sample, whole_run) -> MlflowClient:
    return MlflowClient(f"sqlite:///{sample}/mlflow/mlflow.db")


def test_every_file_has_a_row(sample, manifest, summary, planted):
    found = [*(sample / "01_raw").glob("figshare/**/*"), *(sample / "01_raw").glob("kaggle/**/*")]
    files = [path for path in found if path.is_file() and path.name != "cvind.mat"]

    assert len(manifest) == len(files) == planted["files"] == summary["found"]


def test_every_planted_copy_is_found(manifest, planted):
    rows = manifest.set_index("image_id")
    slices = pd.Series(planted["slices"])
    kept = rows.index[rows["status"] == "kept"]

    assert slices[kept].is_unique
    copies = rows.loc[[copy["copy"] for copy in planted["copies"]]]
    assert copies["reason"].isin({"exact_copy", "near_copy", "label_conflict", None}).all()


def test_different_slices_are_not_taken_for_copies(manifest, planted):
    copies = manifest.dropna(subset="copy_of")
    slices = planted["slices"]

    wrong = [
        (row.image_id, row.copy_of)
        for row in copies.itertuples()
        if slices[row.image_id] != slices[row.copy_of]
    ]
    assert wrong == []
    assert (manifest["status"] == "kept").sum() == planted["kept"]


def test_every_planted_fault_is_rejected_for_its_reason(manifest, planted):
    reasons = manifest.set_index("image_id")["reason"]

    assert {name: reasons[name] for name in planted["rejected"]} == planted["rejected"]
    assert manifest.loc[reasons.isin(set(planted["rejected"].values())).to_numpy()].shape[0] == len(
        planted["rejected"]
    )


def test_label_conflicts_are_settled_as_the_rule_says(manifest, planted, summary):
    rows = manifest.set_index("image_id")

    assert summary["label_conflicts"] == len(planted["label_conflicts"]) == 3
    for conflict in planted["label_conflicts"]:
        reasons = rows.loc[list(conflict["images"]), "reason"]
        if conflict["expert"]:
            assert reasons[reasons.index.str.startswith("figshare")].isna().all()
        assert (reasons == "label_conflict").sum() == len(reasons) - conflict["expert"]


def test_the_atlas_has_a_picture_for_every_slice_and_gives_patients_back(read, summary, planted):
    atlas = pd.read_parquet(read("03_primary/tumor_type/atlas.parquet/*/*"))
    slices = atlas["image_id"].map(planted["slices"])
    patients = atlas["image_id"].map(planted["patients"])

    assert (slices.groupby(atlas["picture_id"]).nunique() == 1).all()
    recovered = atlas["recovered_patient_id"].notna()
    assert (atlas["recovered_patient_id"] == patients)[recovered].all()
    assert summary["atlas"]["pictures"] == atlas["picture_id"].nunique() >= planted["kept"]
    counted = sum(counts["recovered"] for counts in summary["atlas"]["patients"].values())
    assert counted == recovered.sum() > 0


def test_leakage_of_the_published_folders_is_measured(planted, summary):
    expected = {
        f"kaggle/{name}": {key: counts[key] for key in ("test", "copied_from_train")}
        for name, counts in planted["cross_split"].items()
    }
    assert summary["published_split_leakage"] == expected


def test_no_patient_of_figshare_and_no_group_crosses_splits(manifest):
    kept = manifest[manifest["status"] == "kept"]

    assert (kept.groupby("group_id")["split"].nunique() == 1).all()
    patients = kept.dropna(subset="patient_id").groupby(["source", "patient_id"])
    assert (patients["split"].nunique() == 1).all()


def test_without_patient_ids_most_patients_are_still_kept_together(manifest, planted):
    kept = manifest[manifest["status"] == "kept"].assign(
        patient=lambda table: table["image_id"].map(planted["patients"])
    )
    trained = set(kept.loc[kept["split"] == "train", "patient"])

    # Kaggle names no patients, and the similarity of this version misses some neighbors.
    splits = kept.groupby("patient")["split"].nunique()
    assert (splits > 1).mean() < 0.15
    assert kept.loc[kept["split"] == "test", "patient"].isin(trained).mean() < 0.4


def test_fractions_and_classes_of_the_splits(summary):
    splits = pd.DataFrame(summary["splits"])

    fractions = splits.sum() / splits.to_numpy().sum()
    assert fractions.to_dict() == pytest.approx(
        {"train": 0.817, "val": 0.091, "test": 0.092}, abs=0.03
    )
    assert (splits > 0).all(axis=None)


def test_packed_images_belong_to_the_manifest(manifest, read):
    images = np.load(read("05_model_input/tumor_type/images.npy/*/*"), mmap_mode="r")

    kept = manifest.dropna(subset="row")
    assert images.shape == (len(kept), 299, 299)
    assert images.dtype == np.uint8
    assert sorted(kept["row"]) == list(range(len(kept)))


@pytest.fixture(scope="module")
def exported(kedro, sample, whole_run) -> Path:
    kedro("run", "--env", "sample", "--pipelines", "export")
    (folder,) = sample.glob(f"{REPORTING}/export/*/export")
    return folder


def test_the_export_holds_every_kept_image_where_the_manifest_says(exported, manifest):
    table = pd.read_csv(exported / "manifest.csv").set_index("image_id")
    kept = manifest[manifest["status"] == "kept"].set_index("image_id")
    found = {path.relative_to(exported).as_posix() for path in exported.rglob("*.png")}

    assert found == set(table["file_name"])
    assert table[["split", "label"]].sort_index().equals(kept[["split", "label"]].sort_index())
    assert len(pd.read_csv(exported / "rejected.csv")) == len(manifest) - len(kept)
    for row in table.head(20).itertuples():
        pixels = np.asarray(Image.open(exported / row.file_name))
        assert hash_pixels(pixels) == row.pixel_hash


def test_the_export_is_called_phantom_and_names_no_place_of_this_machine(exported, project):
    text = {path.name: path.read_text() for path in exported.iterdir() if path.is_file()}

    assert set(text) == {"README.md", "SHA256SUMS", "manifest.csv", "rejected.csv"}
    assert "PHANTOM DATA" in text["README.md"]
    assert all("phantom" in path.name for path in exported.rglob("*.png"))
    assert not any(str(project) in content for content in text.values())


def test_the_phantoms_are_called_so_everywhere(manifest, summary, training_summary, read):
    assert manifest["image_id"].str.contains("phantom").all()
    assert summary["phantom"] is True
    assert training_summary["phantom"] is True
    assert "phantom" in read(f"{REPORTING}/report.html/*/*").read_text().lower()


def test_the_classifier_beats_guessing_by_far(metrics):
    assert metrics["test"]["accuracy"] >= 0.7
    assert metrics["val"]["n"] + metrics["train"]["n"] + metrics["test"]["n"] > 250


def test_metrics_are_those_of_the_predictions(metrics, read):
    predictions = pd.read_parquet(read("07_model_output/tumor_type/predictions.parquet/*/*"))

    columns = [f"{kind}_{label}" for kind in ("p", "raw") for label in TUMOR_TYPE.classes]
    assert list(predictions.columns) == ["image_id", "split", "label", "predicted", *columns]
    right = predictions["label"] == predictions["predicted"]
    for split, part in right.groupby(predictions["split"]):
        assert metrics[split]["accuracy"] == pytest.approx(part.mean())
        assert metrics[split]["n"] == len(part)


def test_the_report_needs_nothing_but_itself(read):
    page = read(f"{REPORTING}/report.html/*/*").read_text()

    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert len(page) < 8_000_000
    assert page.count("data:image/webp;base64,") > 20
    for key in ("summary", "leakage", "results", "calibration", "explanation", "robustness"):
        assert f'<section id="{key}">' in page


def test_the_card_and_the_checklists_say_that_the_data_are_phantoms(read):
    card = read(f"{REPORTING}/model_card.md/*/*").read_text()
    checklists = read(f"{REPORTING}/checklists.md/*/*").read_text()

    assert "PHANTOM DATA" in card
    assert "Phantom data" in checklists
    assert "Accuracy 0." in card
    assert "Accuracy 0." in checklists


def test_every_part_of_the_evaluation_is_of_this_classifier_and_finds_something(
    read, training_summary
):
    for name in THEMES:
        theme = json.loads(read(f"{REPORTING}/{name}.json/*/*").read_text())
        assert theme["fingerprint"] == training_summary["fingerprint"]
        assert theme["findings"]


def test_curation_reports_on_the_data_as_evaluation_does(read):
    pages = [
        read(f"{REPORTING}/{name}.html/*/*").read_text() for name in ("curation_report", "report")
    ]
    sections = [re.search(r'<section id="data">.*?</section>', page, re.S)[0] for page in pages]

    # The same data may have been curated twice, in another time.
    first, second = (re.sub(r"Curation took [^<]*", "", section) for section in sections)
    assert first == second
    assert first.count("data:image/webp;base64,") == 7


def test_every_image_of_a_label_conflict_is_in_its_table(read, planted, manifest):
    table = pd.read_csv(
        read(f"{REPORTING}/label_conflicts.csv/*/*"), dtype={"manifest_digest": str}
    )

    listed = {frozenset(part) for _, part in table.groupby("conflict")["image_id"]}
    assert listed == {frozenset(conflict["images"]) for conflict in planted["label_conflicts"]}
    assert set(table["manifest_digest"]) == {digest_manifest(manifest)}


def test_every_epoch_is_in_mlflow_and_in_the_history(client, read, training_summary):
    history = pd.read_csv(read(f"{REPORTING}/history.csv/*/*"))
    run = client.get_run(training_summary["mlflow_run"])

    logged = client.get_metric_history(run.info.run_id, "val_loss")
    assert [point.step for point in logged] == history["epoch"].tolist()
    assert [point.value for point in logged] == pytest.approx(history["val_loss"].tolist())
    assert {"accuracy", "precision", "recall"} <= set(run.data.metrics)
    assert run.data.params["recipe_name"] == "sample_cnn"
    assert run.data.params["recipe.backbone"] == "sample_cnn"
    assert "device" in run.data.tags


def test_results_are_in_mlflow(client, training_summary, metrics):
    run = client.get_run(training_summary["mlflow_run"])

    assert run.data.metrics["test.accuracy"] == pytest.approx(metrics["test"]["accuracy"])
    folders = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"data", "training", "evaluation", "figures", "report"} <= folders
    figures = {file.path for file in client.list_artifacts(run.info.run_id, "figures")}
    drawn = {f"figures/{name}.png" for name in ("confusion", "roc", "training_curves")}
    assert {*drawn, "figures/augmentation.png"} <= figures


def test_the_registered_classifier_predicts_what_the_table_says(client, sample, read, manifest):
    version = client.get_model_version_by_alias("brain_tumor_tumor_type", "challenger")
    assert version.tags["phantom"] == "True"
    assert version.tags["manifest_digest"] == digest_manifest(manifest)
    mlflow.set_tracking_uri(f"sqlite:///{sample}/mlflow/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/brain_tumor_tumor_type@challenger")
    images = np.load(read("05_model_input/tumor_type/images.npy/*/*"), mmap_mode="r")
    predictions = pd.read_parquet(read("07_model_output/tumor_type/predictions.parquet/*/*"))

    rows = manifest.set_index("image_id").loc[predictions["image_id"].head(8), "row"]
    answers = model.predict(pd.DataFrame({"image": list(images[rows.to_numpy(dtype=int)])}))

    columns = [f"p_{label}" for label in TUMOR_TYPE.classes]
    np.testing.assert_allclose(answers[columns], predictions[columns].head(8), atol=1e-5)
    assert answers["label"].tolist() == predictions["predicted"].head(8).tolist()
    assert answers["out_of_distribution"].notna().all()


def test_the_run_ends_by_saying_where_everything_is(whole_run):
    table, closing = whole_run.stdout[whole_run.stdout.index("\nSource  ") :].split("Recipe    ")

    for words in ("Leakage   kaggle/", "3 sets of copies", "curation_report.html", "manifest"):
        assert words in table

    assert re.search(r"Accuracy  0\.\d{3} \(0\.\d{3} to [01]\.\d{3}\) on \d+ test images", closing)
    for word in ("Phantom data", "report.html", "classifier.keras", "kedro viz run"):
        assert word in closing
    assert "mlflow ui --backend-store-uri sqlite:///" in closing
