import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.assessment.guard import fit_guard
from brain_tumor_kedro.assessment.guard_judging import COLUMNS
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.imaging.harmless import HARMLESS
from brain_tumor_kedro.sample import foreign
from brain_tumor_kedro.sample.foreign_deceptions import DECEPTIONS
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.forward import Forward
from brain_tumor_kedro.serving.guard_trial import require_guard, try_guard
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from bundles import SIDE, draw_slice, make_bundle

SETTINGS = GuardSettings(strangers=1, slices=2, least_images=2)
SPLITS = ["train"] * 6 + ["val"] * 3 + ["test"] * 3


def make_images(channels: int = 0) -> np.ndarray:
    gray = np.stack([draw_slice(seed, SIDE) for seed in range(len(SPLITS))])
    return np.stack([gray] * channels, axis=-1) if channels else gray


def make_guarded(task=TUMOR_TYPE, **changes) -> Bundle:
    parts = Forward(make_bundle(task).classifier, style=True).look(make_images(len(task.channels)))
    guard = fit_guard(
        parts["style"][:6], ["a", "b"] * 3, parts["style"][6:9], SETTINGS,
        features=parts["features"][:6], image_ids=list("abcdef"),
    )  # fmt: skip
    return make_bundle(task, guard, **changes)


@pytest.fixture(scope="module")
def manifest() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"i{row}" for row in range(len(SPLITS))],
            "source": "figshare",
            "label": [TUMOR_TYPE.classes[row % 4] for row in range(len(SPLITS))],
            "split": SPLITS,
            "group_id": [f"g{row // 2}" for row in range(len(SPLITS))],
            "row": range(len(SPLITS)),
        }
    )


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return make_guarded(phantom=False)


def test_everything_is_answered_once_and_training_images_are_not(bundle, manifest):
    scores, pictures = try_guard(bundle, make_images(), manifest, SETTINGS)

    assert set(scores.columns) == set(COLUMNS)
    assert scores["image"].is_unique
    good = scores[scores["family"] == "good"]
    assert good["image"].tolist() == [f"i{row}" for row in range(6, 12)]
    assert set(foreign.KINDS) <= set(scores["kind"])
    assert (scores.loc[scores["kind"] == "head_phantom", "family"] == "near").all()
    counts = scores.groupby("family")["kind"].value_counts()
    assert counts["deceiving"].to_dict() == dict.fromkeys(DECEPTIONS, 1)
    assert counts["harmless"].to_dict() == dict.fromkeys(HARMLESS, 2)
    assert scores["score"].notna().all()
    assert (scores["flagged"] == (scores["score"] > bundle.guard.threshold)).all()
    assert set(pictures) == set(scores["image"])
    assert pictures["i9"].shape == (SIDE, SIDE)
    np.testing.assert_array_equal(pictures["i9"], make_images()[9])


def test_a_classifier_of_phantoms_knows_phantoms_of_heads(manifest):
    scores, _ = try_guard(make_guarded(phantom=True), make_images(), manifest, SETTINGS)
    assert "head_phantom" not in set(scores["kind"])


def test_a_task_of_several_sequences_is_tried_as_well(manifest):
    labels = [GLIOMA_GRADE.classes[row % 2] for row in range(len(SPLITS))]
    table = manifest.assign(label=labels)
    scores, pictures = try_guard(make_guarded(GLIOMA_GRADE), make_images(3), table, SETTINGS)
    assert scores["score"].notna().all()
    assert pictures["page/0"].shape == (SIDE, SIDE, 3)


def test_images_of_ones_own_are_kinds_by_folder(bundle, manifest, tmp_path):
    (tmp_path / "cats").mkdir()
    for name in ("cats/one.png", "two.png"):
        Image.fromarray(draw_slice(1)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    settings = SETTINGS.model_copy(update={"foreign_dir": str(tmp_path)})

    scores, _ = try_guard(bundle, make_images(), manifest, settings)

    given = scores[scores["family"] == "given"]
    assert dict(zip(given["image"], given["kind"], strict=True)) == {
        "cats/one.png": "given: cats",
        "two.png": "given",
    }


def test_a_folder_without_images_is_told(bundle, manifest, tmp_path):
    for folder, words in ((tmp_path, "found none in"), (tmp_path / "no", "Expected a folder")):
        settings = SETTINGS.model_copy(update={"foreign_dir": str(folder)})
        with pytest.raises(ValueError, match=words):
            try_guard(bundle, make_images(), manifest, settings)


def test_a_bundle_without_guard_or_of_another_classifier_is_refused(bundle):
    with pytest.raises(ValueError, match="has no guard"):
        require_guard(make_bundle(), make_bundle().facts.fingerprint)
    with pytest.raises(ValueError, match="not of the classifier that was trained last"):
        require_guard(bundle, "another")
    assert require_guard(bundle, bundle.facts.fingerprint)["val_images"] == 3
