import json
import zipfile

import numpy as np
import pytest

from brain_tumor_kedro.serving.bundle import Bundle, is_bundle, read_facts
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
