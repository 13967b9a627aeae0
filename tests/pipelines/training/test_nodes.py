import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe, Recipes
from brain_tumor_kedro.pipelines.training import nodes
from brain_tumor_kedro.tasks import TUMOR_TYPE

RECIPE = {
    "backbone": "sample_cnn",
    "weights": "none",
    "phases": [{"name": "all", "trainable": "all", "learning_rate": 0.001, "epochs": 1}],
}


def test_the_recipe_of_that_name_is_chosen():
    recipes = Recipes.model_validate({"small": RECIPE, "large": {**RECIPE, "batch_size": 64}})

    assert nodes.choose_recipe("large", recipes).batch_size == 64


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ValueError, match="There is no recipe 'smal'"):
        nodes.choose_recipe("smal", Recipes.model_validate({"small": RECIPE}))


@pytest.mark.parametrize("phantom", [True, False])
def test_the_curves_say_whether_the_data_are_phantoms(phantom):
    history = pd.DataFrame({"epoch": [0, 1], "phase": "all", "loss": [2.0, 1.0]})

    figure = nodes.plot_history(
        history, {"recipe_name": "small", "phantom": phantom, "fingerprint": "f"}
    )

    texts = [text.get_text() for text in figure.texts] + [figure.get_supxlabel()]
    assert any("Phantom" in text for text in texts) == phantom


@pytest.fixture
def trained() -> dict:
    """Images, a manifest and a summary as `train_classifier` leaves it."""
    images = np.random.default_rng(0).integers(0, 256, (8, 40, 40), dtype=np.uint8)
    classes = TUMOR_TYPE.classes
    manifest = pd.DataFrame(
        {
            "image_id": [f"figshare/{number}.mat" for number in range(8)],
            "pixel_hash": "p",
            "packed_hash": "q",
            "status": "kept",
            "label": [*classes, *classes],
            "group_id": [f"g{number}" for number in range(8)],
            "split": ["train"] * 4 + ["val"] * 4,
            "row": pd.array(range(8), dtype="Int64"),
        }
    )
    recipe = Recipe.model_validate({**RECIPE, "augmentation": "study_4"})
    summary = {
        "recipe_name": "small",
        "recipe": recipe.model_dump(mode="json"),
        "seed": 0,
        "phantom": True,
        "fingerprint": "f",
        "manifest_digest": digest_manifest(manifest),
    }
    return {"images": images, "manifest": manifest, "training_summary": summary}


def test_the_augmentation_shown_is_that_of_the_training(trained):
    figure = nodes.show_augmentation(**trained, task="tumor_type")

    assert "recipe small: rotation ±5°" in figure.get_suptitle()
    assert "(phase all)" in figure.get_suptitle()
    assert "Phantom" in figure.get_supxlabel()
    assert figure.get_label() == "f"


def test_the_colors_of_the_augmentation_shown_are_named(trained):
    manifest = trained["manifest"].assign(label=["LGG", "HGG"] * 4)
    summary = {**trained["training_summary"], "manifest_digest": digest_manifest(manifest)}
    colors = np.repeat(trained["images"][..., None], 3, axis=-1)

    figure = nodes.show_augmentation(colors, manifest, summary, "glioma_grade")

    heading = figure.get_suptitle().replace("\n", " ")
    assert heading.endswith("(phase all); red T1CE, green T2, blue FLAIR")


def test_images_that_were_not_trained_on_are_not_shown(trained):
    trained["training_summary"]["manifest_digest"] = "other"

    with pytest.raises(ValueError, match="was trained on manifest other"):
        nodes.show_augmentation(**trained, task="tumor_type")


def test_resume_is_true_or_false_and_no_word():
    with pytest.raises(ValueError, match="resume to be true or false, found 'flase'"):
        nodes.train_classifier(*[None] * 9, resume="flase")


def test_frozen_features_are_of_every_kept_image_and_say_of_which_network(trained):
    manifest = trained["manifest"]
    manifest["packed_hash"] = [hash_packed(image) for image in trained["images"]]
    extra = pd.DataFrame({"image_id": ["figshare/gone.mat"], "status": "rejected"})
    manifest = pd.concat([extra, manifest[::-1]], ignore_index=True)
    summary = {**trained["training_summary"], "manifest_digest": digest_manifest(manifest)}

    table = nodes.compute_frozen_features(trained["images"], manifest, summary, Pretrained())

    assert table["image_id"].tolist() == manifest["image_id"].tolist()[1:]
    assert (table.dtypes.iloc[1:] == np.float32).all()
    assert table.iloc[:, 1:].nunique().max() == 8
    assert table.attrs == {
        "manifest_digest": digest_manifest(manifest),
        "backbone": "sample_cnn",
        "weights": "none",
        "image_size": None,
        "pooling": "avg",
    }


def test_frozen_features_are_of_the_data_that_was_trained_on(trained):
    trained["manifest"]["packed_hash"] = [hash_packed(image) for image in trained["images"]]

    with pytest.raises(ValueError, match="was trained on manifest"):
        nodes.compute_frozen_features(**trained, pretrained=Pretrained())
