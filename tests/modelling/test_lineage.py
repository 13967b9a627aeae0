import keras
import pytest

from brain_tumor_kedro.modelling.classifier import fingerprint
from brain_tumor_kedro.modelling.lineage import require_same_manifest, require_trained_on


@pytest.fixture(scope="module")
def classifier():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])


def test_a_classifier_with_its_own_summary_and_manifest_passes(classifier):
    summary = {"fingerprint": fingerprint(classifier), "manifest_digest": "m1"}

    require_trained_on(classifier, summary, "m1")


def test_another_classifier_or_manifest_is_refused(classifier):
    summary = {"fingerprint": fingerprint(classifier), "manifest_digest": "m1"}

    with pytest.raises(ValueError, match="trained on manifest m1, the present one is m2"):
        require_trained_on(classifier, summary, "m2")
    with pytest.raises(ValueError, match="not the one that the last training summary"):
        require_trained_on(classifier, {**summary, "fingerprint": "other"}, "m1")


def test_the_manifest_alone_can_be_asked_for():
    require_same_manifest({"manifest_digest": "m1"}, "m1")
    with pytest.raises(ValueError, match="Train again"):
        require_same_manifest({"manifest_digest": "m1"}, "m2")
