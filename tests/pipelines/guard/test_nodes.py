import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.guard import fit_guard
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.imaging.packing import hash_packed
from brain_tumor_kedro.pipelines.guard import nodes
from brain_tumor_kedro.serving.forward import Forward
from bundles import SIDE, draw_slice, make_bundle, write_bundle

SPLITS = ["train"] * 6 + ["val"] * 4 + ["test"] * 4
SETTINGS = GuardSettings(strangers=1, slices=1, least_images=2, draws=100)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.stack([draw_slice(seed, SIDE) for seed in range(len(SPLITS))])


@pytest.fixture(scope="module")
def manifest(images) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"i{row}" for row in range(len(SPLITS))],
            "packed_hash": [hash_packed(image) for image in images],
            "status": "kept",
            "source": "figshare",
            "label": "glioma",
            "group_id": [f"g{row}" for row in range(len(SPLITS))],
            "split": SPLITS,
            "row": pd.array(range(len(SPLITS)), dtype="Int64"),
        }
    )


@pytest.fixture(scope="module")
def summary() -> dict:
    fingerprint = make_bundle().facts.fingerprint
    return {"fingerprint": fingerprint, "recipe_name": "tiny", "phantom": True}


@pytest.fixture(scope="module")
def parts(images):
    return Forward(make_bundle().classifier, style=True).look(images)


@pytest.fixture(scope="module")
def styles(parts) -> pd.DataFrame:
    return tabulate_features([f"i{row}" for row in range(10)], parts["style"][:10])


@pytest.fixture(scope="module")
def folder(parts, tmp_path_factory):
    guard = fit_guard(
        parts["style"][:6], ["a"] * 6, parts["style"][6:10], SETTINGS,
        features=parts["features"][:6], image_ids=[f"i{row}" for row in range(6)],
    )  # fmt: skip
    return write_bundle(tmp_path_factory.mktemp("guard") / "bundle", make_bundle(guard=guard))


@pytest.fixture(scope="module")
def judged(folder, images, manifest, styles, summary):
    return nodes.judge_guard(folder, images, manifest, styles, summary, SETTINGS)


def test_the_stored_guard_is_judged_and_the_judgment_can_be_stored(judged, summary):
    scores, found, pictures = judged
    assert found["fingerprint"] == summary["fingerprint"]
    assert found["val_images"] == 4
    assert found["left_out"]["groups"]["n"] == 10  # train and val, and no test
    assert json.loads(json.dumps(found)) == found
    assert set(found["kinds"]) >= {"page", "mri_turned_90"}
    assert len(scores) == found["n"]
    assert set(pictures) <= set(scores["image"])


def test_both_figures_say_whose_they_are_and_that_they_show_phantoms(judged, summary):
    figures = nodes.plot_guard(*judged, summary)
    for figure in figures:
        assert figure.get_label() == summary["fingerprint"]
        words = [text.get_text() for text in figure.findobj(Text)]
        assert any("Phantom data" in word for word in words)


def test_a_bundle_of_another_classifier_is_refused(folder, images, manifest, styles, summary):
    other = {**summary, "fingerprint": "other"}
    with pytest.raises(ValueError, match="--pipelines registration"):
        nodes.judge_guard(folder, images, manifest, styles, other, SETTINGS)
