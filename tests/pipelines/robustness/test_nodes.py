"""An adversarial experiment: a mark in the corner that tells the class must not go unnoticed."""

import keras
import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.pages import embed_figures, render_page
from brain_tumor_kedro.assessment.robustness import RobustnessSettings
from brain_tumor_kedro.assessment.shortcuts import ShortcutSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.modelling.classifier import fingerprint
from brain_tumor_kedro.pipelines.robustness import nodes
from brain_tumor_kedro.tasks import GLIOMA_GRADE
from builders import draw
from web_page import Page

TASK = GLIOMA_GRADE.name
SIDE = 64
SETTINGS = RobustnessSettings(images=8, draws=100)
SHORTCUTS = ShortcutSettings(images=120, masked=40, draws=200)


def make_images(marked: bool, sides: np.ndarray) -> np.ndarray:
    """Heads of which every other one has a bright lesion, or a mark in the corner instead."""
    images = np.stack([draw(seed, SIDE) // 2 for seed in range(len(sides))])
    # A trace of noise on black, as scanners leave it.
    noise = np.random.default_rng(1).integers(0, 3, images.shape, dtype=np.uint8)
    images = np.maximum(images, noise)
    where = np.s_[1:6, 1:6] if marked else np.s_[28:36, 28:36]
    for image, side in zip(images, sides, strict=True):
        image[where] = 255 if side else image[where]
    return images


def make_classifier(marked: bool) -> keras.Model:
    """It says HGG where the corner is bright, or the middle."""
    images = keras.Input((SIDE, SIDE), dtype="uint8")
    pixels = keras.ops.cast(images, "float32") / 255
    part = pixels[:, 1:6, 1:6] if marked else pixels[:, 28:36, 28:36]
    bright = keras.ops.mean(part, axis=(1, 2))[:, None]
    dense = keras.layers.Dense(2, activation="softmax")
    outputs = dense(bright)
    dense.set_weights([np.array([[-20.0, 20.0]]), np.array([14.0, -14.0])])
    return keras.Model(images, outputs)


@pytest.fixture(scope="module", params=[False, True], ids=["clean", "marked"])
def run(request: pytest.FixtureRequest) -> dict:
    """What the nodes make of phantoms whose class shows in the head, or in the corner."""
    marked = request.param
    sides = np.random.default_rng(2).permutation(np.arange(120) % 2)
    images = make_images(marked, sides)
    manifest = pd.DataFrame(
        {
            "image_id": [f"phantom-{number}" for number in range(120)],
            "source": np.array(["one", "two"])[np.random.default_rng(3).integers(2, size=120)],
            "label": np.array(GLIOMA_GRADE.classes)[sides],
            "group_id": [f"g{number // 2}" for number in range(120)],
            "split": np.array(["train", "test"])[np.arange(120) // 2 % 2],
            "status": "kept",
            "row": range(120),
            "pixel_hash": "any",
            "packed_hash": [hash_packed(image) for image in images],
        }
    )
    classifier = make_classifier(marked)
    summary = {
        "fingerprint": fingerprint(classifier),
        "manifest_digest": digest_manifest(manifest),
        "recipe_name": "tiny",
        "phantom": True,
    }
    said = np.asarray(classifier(images)).argmax(axis=1)
    predictions = manifest[["image_id", "split", "label"]].assign(
        predicted=np.array(GLIOMA_GRADE.classes)[said]
    )
    features = manifest[["image_id"]].assign(f0=sides.astype(np.float32), f1=np.float32(0))
    for table in (predictions, features):
        table.attrs["fingerprint"] = summary["fingerprint"]
    corrupted, masked = nodes.predict_changed(
        classifier, summary, images, manifest, predictions, SETTINGS, SHORTCUTS, TASK
    )
    report, robustness = nodes.score_robustness(corrupted, manifest, summary, SETTINGS, TASK)
    table, shortcuts = nodes.probe_shortcuts(
        images, manifest, features, predictions, masked, summary, SHORTCUTS, TASK
    )
    figures = (
        *nodes.plot_robustness(report, images, manifest, predictions, summary, SETTINGS, TASK),
        *nodes.plot_shortcut_figures(shortcuts, images, manifest, predictions, summary, SHORTCUTS),
    )
    return locals()


def test_the_mark_raises_a_warning_and_the_clean_phantoms_do_not(run: dict) -> None:
    warnings = [
        finding["text"] for finding in run["shortcuts"]["findings"] if finding["level"] == "warn"
    ]
    if not run["marked"]:
        assert warnings == []
        return
    assert any("With the head removed" in text for text in warnings)
    assert any("from the border" in text for text in warnings)
    assert any("from the background" in text for text in warnings)


def test_the_head_is_what_a_sound_classifier_needs(run: dict) -> None:
    scores = run["shortcuts"]["masking"]["scores"]
    assert scores["whole"]["balanced"]["value"] == 1
    blind, inside = (scores[name]["balanced"]["value"]
                     for name in ("head_removed", "background_removed"))  # fmt: skip
    assert (blind, inside) == ((1, 0.5) if run["marked"] else (0.5, 1))


def test_every_image_is_predicted_under_every_condition(run: dict) -> None:
    corrupted = run["corrupted"]
    assert len(corrupted) == 8 * 56
    assert corrupted["image_id"].nunique() == 8
    assert set(corrupted["label"]) == set(GLIOMA_GRADE.classes)
    assert len(run["masked"]) == 3 * 40
    for table in (corrupted, run["masked"]):
        assert table.attrs["fingerprint"] == run["summary"]["fingerprint"]
    assert run["robustness"]["clean"]["accuracy"] == 1
    assert run["robustness"]["corruptions"]["jpeg"]["amounts"] == [35, 22, 14, 9, 5]


def test_the_tables_and_figures_say_what_they_are(run: dict) -> None:
    assert set(run["table"]["basis"]) == {"background", "border", "features", "label_alone"}
    for figure in run["figures"]:
        assert figure.get_label() == run["summary"]["fingerprint"]


def test_the_sections_of_the_report_can_be_read(run: dict) -> None:
    names = ("corruptions", "corruption_examples", "shortcuts", "masking")
    captioned = dict(zip(names, ((figure, "A caption.") for figure in run["figures"]), strict=True))
    figures = {figure["name"]: figure for figure in embed_figures(captioned)}
    for theme in ("robustness", "shortcuts"):
        html = render_page(f"{theme}.html.j2", **{theme: run[theme]}, figures=figures)
        page = Page(html)
        assert page.open == []
        assert len(page.find("img")) == 2
        assert "None" not in page.text
        assert "nan" not in page.text
        assert render_page(f"{theme}.html.j2") == "\n"


def test_a_stale_table_is_refused(run: dict) -> None:
    stale = run["corrupted"].copy()
    stale.attrs["fingerprint"] = "another"
    with pytest.raises(ValueError, match="corrupted_predictions is not of the classifier"):
        nodes.score_robustness(stale, run["manifest"], run["summary"], SETTINGS, TASK)
