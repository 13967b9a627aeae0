import io
import json
import zipfile

import numpy as np
import pytest

from brain_tumor_kedro.assessment.guard import fit_guard
from brain_tumor_kedro.serving.bundle import Bundle, is_bundle, read_facts, read_guard
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE
from bundles import draw_slice, make_bundle, tiny_classifier, write_bundle


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def copied(written, tmp_path):
    for path in written.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change(folder, **changes):
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_bundle_comes_back_as_it_was(written):
    loaded, made = Bundle.load(written), make_bundle()

    assert loaded.facts == made.facts == read_facts(written)
    assert loaded.task == TUMOR_TYPE
    assert loaded.guard is None
    image = draw_slice()[None]
    np.testing.assert_array_equal(loaded.classifier(image), made.classifier(image))


def test_a_bundle_is_plain_files(written):
    assert sorted(path.name for path in written.iterdir()) == ["bundle.json", "classifier.keras"]
    with zipfile.ZipFile(written / "classifier.keras") as archive:
        names = {"config.json", "metadata.json", "model.weights.h5"}
        assert set(archive.namelist()) == names


def test_a_folder_of_something_else_is_refused(tmp_path):
    assert not is_bundle(tmp_path)
    with pytest.raises(ValueError, match=r"Expected a bundle.*--pipelines registration"):
        Bundle.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 1}, "Expected a bundle of format 2, .* is 1. Make it anew: kedro run"),
        ({"format": None}, "is None"),
        ({"extra": 1}, "no bundle of this version"),
        ({"temperature": -1}, "no bundle of this version"),
        ({"task": "weather"}, "is of 'weather'"),
        ({"classes": ["no_tumor", "glioma"]}, "Expected the classes"),
        ({"fingerprint": "other"}, "another classifier"),
        ({"format": True}, "is True"),
        ({"temperature": 0.71}, "Expected the temperature 0.71 .* has 0.7"),
        ({"image_size": 4097}, "image_size: input should be less than or equal to 4096"),
        ({"quantiles": {"0.9": 5.0}}, "quantiles.0.9: input should be less"),
        ({"quantiles": {"abc": 0.1}}, "expected quantiles of the levels"),
        ({"answer_from": 17.0}, "answer_from: input should be less"),
        ({"levels": [], "quantiles": {}}, "levels: .*at least 1"),
    ],
)
def test_facts_that_cannot_be_are_refused(copied, changes, said):
    change(copied, **changes)

    with pytest.raises(ValueError, match=said):
        Bundle.load(copied)


@pytest.mark.parametrize(
    ("name", "said"), [("bundle.json", "is broken"), ("classifier.keras", "is cut short")]
)
def test_a_file_that_is_cut_short_is_refused(copied, name, said):
    path = copied / name
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(ValueError, match=said):
        Bundle.load(copied)


def test_a_missing_classifier_is_told(copied):
    (copied / "classifier.keras").unlink()

    with pytest.raises(ValueError, match="found none"):
        Bundle.load(copied)


def test_the_bundle_of_the_grade_has_channels(tmp_path):
    folder = write_bundle(tmp_path, make_bundle(GLIOMA_GRADE))

    assert Bundle.load(folder).facts.channels == ("T1CE", "T2", "FLAIR")
    assert tiny_classifier(GLIOMA_GRADE).input_shape[-1] == 3


def small_guard():
    styles = np.random.default_rng(0).normal(size=(40, 6))
    return fit_guard(
        styles,
        ["a", "b"] * 20,
        styles + 0.1,
        features=styles,
        image_ids=[str(n) for n in range(40)],
    )


def test_a_guard_is_the_one_that_the_bundle_was_made_with(tmp_path):
    folder = write_bundle(tmp_path, make_bundle(guard=small_guard()))
    whole = (folder / "guard.npz").read_bytes()
    assert read_guard(folder).threshold > 0

    (folder / "guard.npz").unlink()
    with pytest.raises(ValueError, match="was taken away afterwards"):
        read_guard(folder)
    with np.load(io.BytesIO(whole)) as file:
        np.savez(folder / "guard.npz", **{**file, "threshold": 1e9})
    with pytest.raises(ValueError, match="was changed afterwards"):
        Bundle.load(folder)


def test_a_guard_that_was_added_is_refused(copied):
    small_guard().save(copied / "guard.npz")

    with pytest.raises(ValueError, match="was added afterwards"):
        Bundle.load(copied)
