import json
import logging

import mlflow
import pandas as pd
import pytest

from brain_tumor_kedro import tracking
from brain_tumor_kedro.datasets import ImageCollectionDataset, WholeFolderDataset
from brain_tumor_kedro.pipelines.inference import create_pipeline, nodes
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.tasks import GLIOMA_GRADE
from bundles import make_bundle, write_bundle
from named_files import NAME, encode, write_named
from registered import NAME as MODEL
from registered import make_registry, open_registry, register

SETTINGS = InferenceSettings(workers=2, heat_maps="all", batch_size=4)


def run(model, images, place, settings=SETTINGS):
    """All nodes one after the other, with the catalog's datasets."""
    bundle, known = nodes.load_model(model, settings)
    collection = ImageCollectionDataset(path=str(images)).load()
    answers = WholeFolderDataset(filepath=str(place / "answers"))
    answers.save(nodes.answer_images(collection, bundle, known, settings))
    return nodes.summarize_answers(answers.load(), known)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_bundle(tmp_path_factory.mktemp("bundle")))


def test_nothing_that_names_a_person_reaches_an_output_a_log_or_mlflow(
    model, tmp_path, caplog, capfd
):
    written = write_named(tmp_path / "input")
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    (store := tmp_path / "store").mkdir()
    with open_registry(make_registry(store)), mlflow.start_run():
        summary = run(model, tmp_path / "input", tmp_path / "output")

    outputs = [path for path in (tmp_path / "output").rglob("*") if path.is_file()]
    kept = [*outputs, *(path for path in store.rglob("*") if path.is_file())]
    said = caplog.text + "".join(capfd.readouterr()) + json.dumps(summary)
    assert summary["files"] == written
    assert summary["answered"] >= 6
    assert {path.suffix for path in kept} >= {".csv", ".parquet", ".png", ".html", ".json", ".db"}
    for name in (NAME, "DOE", "JOHN"):
        assert name not in said
        assert not [path for path in kept if name.encode() in path.read_bytes()]
    table = pd.read_parquet(tmp_path / "output" / "answers" / "answers.parquet")
    assert "DOE" not in table.to_csv()


def test_mlflow_is_told_counts_and_the_model_and_no_name_of_a_file(model, tmp_path):
    write_named(tmp_path / "input")
    with open_registry(make_registry(tmp_path)), mlflow.start_run() as active:
        run(model, tmp_path / "input", tmp_path / "output")
        logged = mlflow.get_run(active.info.run_id).data

    assert logged.metrics["answers.files"] == 9
    assert logged.metrics["answers.review.unreadable"] >= 2
    assert logged.tags["model"] == model
    assert {"task", "fingerprint", "manifest_digest", "phantom"} <= set(logged.tags)
    assert "letter" not in str(logged)


def test_a_registered_version_is_fetched_by_its_number_and_told_on_the_page(
    model, tmp_path, monkeypatch
):
    fetched = []
    monkeypatch.setattr(
        tracking, "fetch_bundle", lambda uri: fetched.append(uri) or model, raising=False
    )
    with open_registry(make_registry(tmp_path)):
        own = make_bundle().facts.fingerprint
        version = register(MODEL, fingerprint=own, **{"test.accuracy": "0.936"})
        mlflow.MlflowClient().set_registered_model_alias(version.name, "champion", version.number)

        _, known = nodes.load_model(f"models:/{version.name}@champion", SETTINGS)

    assert fetched == [version.uri]
    assert known["facts"]["Model"] == version.name
    assert known["facts"]["Version"] == version.number
    assert known["facts"]["Test accuracy"] == "93.6%"


def test_an_alias_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    with open_registry(make_registry(tmp_path)):
        version = register(MODEL)
        mlflow.MlflowClient().set_registered_model_alias(version.name, "challenger", "1")

        with pytest.raises(ValueError, match=r"aliases challenger \(version 1\)\. Train one"):
            nodes.load_model(f"models:/{version.name}@champion", SETTINGS)
        with pytest.raises(ValueError, match=rf"models {version.name}\."):
            nodes.load_model("models:/other@champion", SETTINGS)


def test_a_model_of_three_sequences_is_refused(tmp_path):
    folder = write_bundle(tmp_path / "bundle", make_bundle(GLIOMA_GRADE))

    with pytest.raises(ValueError, match="3 sequences of one slice"):
        nodes.load_model(str(folder), SETTINGS)


def test_a_level_that_the_model_does_not_know_is_refused_before_anything_is_read(model, tmp_path):
    settings = InferenceSettings(level=0.8)
    bundle, known = nodes.load_model(model, settings)
    (tmp_path / "a.png").write_bytes(encode("PNG"))
    collection = ImageCollectionDataset(path=str(tmp_path)).load()

    with pytest.raises(ValueError, match=r"levels 0\.9, 0\.95"):
        nodes.answer_images(collection, bundle, known, settings)


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_that_is_empty_or_missing_is_named(tmp_path, made):
    folder = tmp_path / "images"
    if made:
        (folder / "deep").mkdir(parents=True)
    collection = ImageCollectionDataset(path=str(folder)).load()

    with pytest.raises(ValueError, match=rf"Expected images under {folder}.*--params input="):
        nodes.answer_images(collection, make_bundle(), {}, SETTINGS)


def test_the_pipeline_asks_for_images_and_a_model():
    pipeline = create_pipeline()

    assert pipeline.inputs() == {"inference.images", "params:model", "params:inference"}
    assert pipeline.outputs() == {"inference.summary"}
