"""Classifiers that look at the tumor, and classifiers that cheat, through the whole pipeline."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.explanation_settings import ExplanationSettings
from brain_tumor_kedro.datasets import FigshareDataset
from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.imaging.quality import hash_pixels, to_gray
from brain_tumor_kedro.pipelines.explanation import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE

SIDE = 64
LABELS = ("glioma", "meningioma")
SETTINGS = ExplanationSettings(
    images=32, most_wrong=8, patch=0.2, stride=0.1, checked=8, checked_by_occlusion=4, draws=200
)


class Slice(NamedTuple):
    patient_id: str
    label: int
    image: np.ndarray
    mask: np.ndarray
    border: np.ndarray = np.zeros(4)


def draw(number: int, shortcut: bool) -> Slice:
    """A gray head with a spot at a random place away from its middle.

    The spot is bright in one class and dark in the other; or it tells nothing, and a white mark in
    the corner of one class does.
    """
    rng = np.random.default_rng(number)
    second = number % 2
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    head = x**2 + (y * 0.85) ** 2 < 29**2
    angle = rng.uniform(0, 2 * np.pi)
    mask = (x - 16 * np.cos(angle)) ** 2 + (y - 16 * np.sin(angle)) ** 2 < 6**2
    image = head * 110 + rng.normal(0, 8, head.shape) * head
    bright = rng.integers(2) if shortcut else second
    image[mask] = 220 if bright else 20
    if shortcut and second:
        image[2:9, 2:9] = 255
    image[0, 0] = 255  # one range of gray values for all
    label = 1 if second else 2
    return Slice(f"p{number}", label, image.clip(0, 255).astype(np.int16), mask.astype(np.uint8))


class Data(NamedTuple):
    images: np.ndarray
    manifest: pd.DataFrame
    figshare: Source


def make_data(folder: Path, shortcut: bool) -> Data:
    slices = {f"{number:03}.mat": draw(number, shortcut) for number in range(160)}
    dataset = FigshareDataset(path=str(folder / "figshare"))
    dataset.save(slices)
    images = np.stack([to_gray(slice_.image) for slice_ in slices.values()])
    manifest = pd.DataFrame(
        {
            "image_id": [f"figshare/{name}" for name in slices],
            "source": "figshare",
            "label": [LABELS[number % 2] for number in range(160)],
            "split": ["train"] * 112 + ["val"] * 16 + ["test"] * 32,
            "status": "kept",
            "group_id": [f"g{number // 2}" for number in range(160)],
            "row": pd.array(range(160), dtype="Int64"),
            "pixel_hash": [hash_pixels(image) for image in images],
            "packed_hash": [hash_packed(image) for image in images],
        }
    )
    return Data(images, manifest, dataset.load())


def train_on(data: Data, pooling: str, epochs: int) -> tuple[Any, pd.DataFrame]:
    """Train the small network, and predict."""
    from brain_tumor_kedro.modelling.classifier import fingerprint
    from brain_tumor_kedro.modelling.inference import predict_table
    from brain_tumor_kedro.modelling.phases import train
    from brain_tumor_kedro.modelling.recipes import Recipe

    phase = {"name": "all", "trainable": "all", "learning_rate": 2e-3, "epochs": epochs}
    recipe = Recipe.model_validate(
        {
            "backbone": "sample_cnn", "weights": "none", "image_size": SIDE, "batch_size": 16,
            "head": {"pooling": pooling}, "phases": [phase],
        }
    )  # fmt: skip
    model = train(recipe, data.images, data.manifest, LABELS).model
    table = predict_table(model, data.images, data.manifest, LABELS).table
    table.attrs["fingerprint"] = fingerprint(model)
    return model, table


class Explained(NamedTuple):
    data: Data
    model: Any
    explained: pd.DataFrame
    maps: tuple[Any, Any]

    def score(self, source: Source) -> tuple[pd.DataFrame, dict[str, Any], tuple]:
        """Run what follows the maps."""
        images, (maps, forgotten) = self.data.images, self.maps
        masks = nodes.read_tumor_masks(self.explained, images, source)
        hidden = nodes.hide_tumors(self.model, images, self.explained, masks, SETTINGS)
        scores, theme = nodes.score_explanations(
            self.explained, maps, forgotten, masks, hidden, images, SETTINGS, TUMOR_TYPE.name
        )
        about = {"recipe_name": "tiny", "phantom": True}
        figures = nodes.plot_explanations(
            theme, self.explained, maps, masks, images, about, TUMOR_TYPE.name
        )
        return scores, theme, figures


def explain(folder: Path, shortcut: bool, pooling: str, epochs: int) -> Explained:
    """Train on heads with a spot or a mark, and map where the classifier looks."""
    data = make_data(folder, shortcut)
    model, predictions = train_on(data, pooling, epochs)
    tested = predictions[predictions["split"] == "test"]
    assert (tested["label"] == tested["predicted"]).mean() > 0.95
    explained = nodes.choose_explained(predictions, data.manifest, SETTINGS)
    maps = nodes.map_explained(
        model, data.images, data.manifest, explained, SETTINGS, TUMOR_TYPE.name
    )
    return Explained(data, model, explained, maps)


@pytest.fixture(scope="module", autouse=True)
def two_classes() -> Iterator[None]:
    """The task with the two classes that are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            nodes.TASKS, TUMOR_TYPE.name, replace(TUMOR_TYPE, classes=LABELS, positive=LABELS)
        )
        yield


@pytest.fixture(scope="module")
def honest(two_classes: None, tmp_path_factory: pytest.TempPathFactory) -> Explained:
    return explain(tmp_path_factory.mktemp("honest"), False, "avg", 20)


@pytest.fixture(scope="module")
def cheat(two_classes: None, tmp_path_factory: pytest.TempPathFactory) -> Explained:
    return explain(tmp_path_factory.mktemp("cheat"), True, "max", 8)


def hits(theme: dict[str, Any], part: str) -> dict[str, float]:
    return {row["method"]: row["hit"] for row in theme["scores"] if row["part"] == part}


def test_a_classifier_that_looks_at_the_tumor_is_good(honest):
    scores, theme, figures = honest.score(honest.data.figshare)

    assert theme["n_scored"] == 32
    assert len(scores) == 32 * 4
    assert hits(theme, "all")["occlusion"] > 0.8
    assert hits(theme, "all")["center"] < 0.2
    # The bright spot is what the network sees; the other class is that there is none.
    assert hits(theme, "meningioma")["gradcam"] > 0.8
    without = {row["part"]: row for row in theme["hidden"]}
    assert without["meningioma"]["changed"] > 0.8
    assert without["meningioma"]["changed_elsewhere"] < 0.2
    levels = {finding["level"] for finding in theme["findings"] if "occlusion" in finding["text"]}
    assert "warn" not in levels
    assert "good" in levels
    assert all(figure.get_label() == honest.explained.attrs["fingerprint"] for figure in figures)
    assert all("Phantom" in figure.get_supxlabel() for figure in figures)


def test_a_classifier_that_cheats_is_warned_of(cheat):
    _, theme, _ = cheat.score(cheat.data.figshare)

    # A mark in the corner gives this class away.
    marked = hits(theme, "meningioma")
    assert marked["gradcam"] < 0.1
    assert marked["occlusion"] < 0.1
    without = {row["part"]: row for row in theme["hidden"]}
    assert without["all"]["changed"] < 0.1
    warned = [finding["text"] for finding in theme["findings"] if finding["level"] == "warn"]
    assert any(text.startswith("Meningioma, 16 images: the tumor is pointed at") for text in warned)
    assert any("The classifier does not need the tumor" in text for text in warned)
    assert any("Grad-CAM" in text and "something else than the tumor" in text for text in warned)
    assert not any(
        finding["level"] == "good" and "strongest point" in finding["text"]
        for finding in theme["findings"]
    )


def test_the_maps_of_a_cheat_show_its_mark(cheat):
    explained = cheat.explained.reset_index(drop=True)
    marked = explained.index[explained["predicted"] == "meningioma"]

    for row in marked:
        strongest = cheat.maps[0]["occlusion"][row]
        assert np.argwhere(strongest == strongest.max()).max() < 16


def test_without_the_source_maps_are_left_unscored(honest, tmp_path):
    scores, theme, figures = honest.score(FigshareDataset(path=str(tmp_path / "none")).load())

    assert theme["n"] == 32
    assert theme["scores"] == []
    assert theme["left_out"] == {"the file is not there": 32}
    assert scores.empty
    assert len(figures) == 3


def test_predictions_of_another_classifier_are_refused(honest, cheat):
    with pytest.raises(ValueError, match="not of the present classifier"):
        nodes.map_explained(
            honest.model, cheat.data.images, cheat.data.manifest, cheat.explained, SETTINGS,
            TUMOR_TYPE.name,
        )  # fmt: skip


def test_without_test_images_everything_is_left_out(honest):
    predictions = pd.DataFrame(
        columns=["image_id", "split", "label", "predicted", *(f"p_{label}" for label in LABELS)]
    )
    predictions.attrs["fingerprint"] = honest.explained.attrs["fingerprint"]
    explained = nodes.choose_explained(predictions, honest.data.manifest, SETTINGS)
    maps = nodes.map_explained(
        honest.model, honest.data.images, honest.data.manifest, explained, SETTINGS, "tumor_type"
    )

    nothing = Explained(honest.data, honest.model, explained, maps)
    scores, theme, figures = nothing.score(honest.data.figshare)

    assert scores.empty
    assert [finding["level"] for finding in theme["findings"]] == ["note"]
    assert len(figures) == 3
