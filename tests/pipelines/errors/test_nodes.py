"""The nodes one after the other, with tables through their files as Kedro hands them on."""

import io

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.baselines import tabulate_probabilities
from brain_tumor_kedro.assessment.consistency import describe_features
from brain_tumor_kedro.assessment.error_settings import ErrorSettings
from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.pages import embed_figures, render_page
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.pipelines.errors import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE

CLASSES = TUMOR_TYPE.classes
N = 80


@pytest.fixture
def given() -> dict:
    """What training and evaluation leave: separable classes, some predicted wrong."""
    truth = np.arange(N) % 4
    rng = np.random.default_rng(0)
    values = 2 * np.tile(np.eye(4), 6)[truth]
    values = values + rng.normal(size=values.shape)
    ids = [f"kaggle/phantom/{number}.jpg" for number in range(N)]
    manifest = pd.DataFrame(
        {
            "image_id": ids, "source": "kaggle/phantom", "pixel_hash": "p", "packed_hash": "q",
            "status": "kept", "label": np.array(CLASSES)[truth], "copy_of": None,
            "patient_id": None,
            "group_id": [f"g{number // 4}" for number in range(N)],
            "split": ["train"] * 48 + ["val"] * 8 + ["test"] * 24,
            "row": pd.array(range(N), dtype="Int64"),
        }
    )  # fmt: skip
    said = np.full((N, 4), 0.01)
    said[np.arange(N), np.where(np.arange(N) % 16 == 0, (truth + 1) % 4, truth)] = 0.97
    recipe = {
        "backbone": "sample_cnn", "weights": "none", "image_size": 64, "head": {"pooling": "avg"},
    }  # fmt: skip
    digest = digest_manifest(manifest)
    summary = {
        "recipe": recipe, "recipe_name": "sample_cnn", "task": "tumor_type", "fingerprint": "f",
        "manifest_digest": digest, "phantom": True,
    }  # fmt: skip
    tables = {
        "predictions": tabulate_probabilities(manifest, said, CLASSES),
        "features": tabulate_features(ids, values),
        "frozen_features": tabulate_features(ids, values),
    }
    tables["predictions"].attrs["fingerprint"] = tables["features"].attrs["fingerprint"] = "f"
    tables["frozen_features"].attrs = {"manifest_digest": digest, **describe_features(recipe)}
    images = rng.integers(0, 256, (N, 60, 60), dtype=np.uint8)
    return {**tables, "manifest": manifest, "images": images, "training_summary": summary}


def as_saved(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it comes back from its CSV file."""
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))


def run(given: dict, settings: ErrorSettings = ErrorSettings()) -> tuple[dict, dict]:  # noqa: B008
    manifest, summary, images = (given[k] for k in ("manifest", "training_summary", "images"))
    predictions = given["predictions"]
    out_of_fold = nodes.predict_out_of_fold(
        given["frozen_features"], manifest, summary, settings, "tumor_type"
    )
    issues = nodes.find_label_issues(out_of_fold, predictions, manifest, summary, "tumor_type")
    found = nodes.find_neighbors(
        predictions, given["features"], images, manifest, summary, settings
    )
    issues, neighbors, near = (as_saved(table) for table in (issues, *found))
    tables = (predictions, out_of_fold, issues, neighbors, near, manifest)
    errors = nodes.summarize_errors(*tables, "tumor_type")
    figures = nodes.plot_errors(
        neighbors, issues, near, images, manifest, summary, settings, "tumor_type"
    )
    names = ("error_gallery", "label_issues", "near_neighbors")
    return errors, dict(zip(names, figures, strict=True))


def render(errors: dict, figures: dict) -> str:
    shown = {name: (figure, f"Caption of {name}.") for name, figure in figures.items()}
    embedded = {figure["name"]: figure for figure in embed_figures(shown)}
    return render_page("errors.html.j2", errors=errors, figures=embedded)


def test_mistakes_are_shown_counted_and_reported(given) -> None:
    errors, figures = run(given)

    assert errors["mistakes"] == {
        "images": 24, "wrong": 1, "confident": 1, "confident_from": 0.9
    }  # fmt: skip
    assert errors["gallery"]["shown"] == 1
    assert errors["gallery"]["rows"][0]["image_id"] == "kaggle/phantom/64.jpg"
    assert errors["gallery"]["rows"][0]["neighbor_labels"] == {CLASSES[0]: 5}
    assert errors["labels"]["features"] == {"backbone": "sample_cnn", "untrained": True}
    page = render(errors, figures)
    assert "1 of 24 test images are misclassified" in page
    assert "with random weights" in page
    assert page.count("<img") == 2, "no label is disputed: the probe finds them right"
    for figure in figures.values():
        assert figure.get_label() == "f"
        assert "Phantom" in figure.get_supxlabel()


def test_a_label_that_both_judges_dispute_is_reported_in_both_directions(given) -> None:
    predictions, manifest = given["predictions"], given["manifest"]
    manifest.loc[70, "label"] = predictions.loc[70, "label"] = CLASSES[1]
    given["training_summary"]["manifest_digest"] = digest_manifest(manifest)
    given["frozen_features"].attrs["manifest_digest"] = digest_manifest(manifest)

    errors, figures = run(given)

    accuracy = errors["labels"]["accuracy"]
    assert errors["labels"]["rows"][0]["image_id"] == "kaggle/phantom/70.jpg"
    assert errors["labels"]["splits"]["test"] == {"images": 24, "doubted": 1, "disputed": 1}
    assert accuracy["as_published"] == pytest.approx(22 / 24)
    assert accuracy["without_disputed"] == pytest.approx(22 / 23)
    assert accuracy["if_those_are_wrong"] == accuracy["as_published"]
    warning = errors["findings"][1]
    assert warning["level"] == "warn"
    assert warning["text"].startswith("1 of 24 test labels are disputed")
    assert warning["text"] in render(errors, figures)


def test_an_image_that_is_in_training_too_is_a_warning(given) -> None:
    given["images"][60] = given["images"][3]

    errors, figures = run(given)

    assert errors["near"]["suspicious"] == 1
    assert errors["near"]["rows"][0]["neighbor"] == "kaggle/phantom/3.jpg"
    assert errors["findings"][-1]["level"] == "warn"
    assert errors["near"]["rows"][0]["image_id"] == "kaggle/phantom/60.jpg"
    assert "At least 1 of" in errors["findings"][-1]["text"]
    assert "Pairs that may show the same head" in render(errors, figures)


def test_a_classifier_without_mistakes_is_reported_on_too(given) -> None:
    predictions = given["predictions"]
    for label in CLASSES:
        predictions[f"p_{label}"] = np.where(predictions["label"] == label, 0.97, 0.01)
    predictions["predicted"] = predictions["label"]

    errors, figures = run(given)

    assert errors["mistakes"]["wrong"] == errors["gallery"]["shown"] == 0
    assert [finding["level"] for finding in errors["findings"]] == ["good"] * 3
    assert "<h3>Mistakes</h3>" in render(errors, figures)


def test_without_test_images_there_is_little_to_say(given) -> None:
    given["predictions"] = given["predictions"].query("split == 'train'")
    given["predictions"].attrs["fingerprint"] = "f"

    errors, figures = run(given)

    assert errors["labels"]["accuracy"] is None
    assert "<h3>Mistakes</h3>" in render(errors, figures)


@pytest.mark.parametrize("name", ["predictions", "features"])
def test_tables_of_another_classifier_are_refused(given, name) -> None:
    given[name].attrs["fingerprint"] = "other"
    with pytest.raises(ValueError, match=f"The {name} are not of the classifier"):
        run(given)


def test_a_classifier_of_another_manifest_is_refused(given) -> None:
    given["training_summary"]["manifest_digest"] = "other"
    with pytest.raises(ValueError, match="was trained on manifest other"):
        nodes.find_label_issues(
            None, given["predictions"], given["manifest"], given["training_summary"], "tumor_type"
        )
