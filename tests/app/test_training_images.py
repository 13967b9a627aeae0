import numpy as np
import pytest

from app_pages import FakeGuard, make_training_images
from brain_tumor_kedro.app.training_images import find_neighbors, find_training_images
from brain_tumor_kedro.imaging.manifest import digest_manifest

FEATURES = np.zeros(4, np.float32)


def test_the_version_of_the_manifest_is_found_among_others(tmp_path):
    wanted, images = make_training_images(tmp_path, "2026-01-01T00.00.00.000Z", seed=0)
    make_training_images(tmp_path, "2026-01-02T00.00.00.000Z", seed=50)

    found = find_training_images(tmp_path, "tumor_type", digest_manifest(wanted))

    np.testing.assert_array_equal(found.images, images)
    assert list(found.rows.index) == wanted["image_id"].tolist()


def test_images_of_another_manifest_are_not_taken(tmp_path):
    make_training_images(tmp_path)

    assert find_training_images(tmp_path, "tumor_type", "0" * 16) is None
    assert find_training_images(tmp_path / "nowhere", "tumor_type", "0" * 16) is None


def test_a_broken_version_is_passed_over(tmp_path):
    wanted, _ = make_training_images(tmp_path)
    broken = tmp_path / "03_primary/tumor_type/manifest.parquet/2026-02-01/manifest.parquet"
    broken.parent.mkdir()
    broken.write_bytes(b"PAR1")

    assert find_training_images(tmp_path, "tumor_type", digest_manifest(wanted)) is not None


@pytest.fixture
def known(tmp_path):
    manifest, _ = make_training_images(tmp_path)
    return find_training_images(tmp_path, "tumor_type", digest_manifest(manifest))


def test_neighbors_are_of_the_class_and_there_may_be_few(known):
    near = find_neighbors(FakeGuard(image_ids=known.rows.index), FEATURES, "pituitary", known)

    assert [one.label for one in near] == ["pituitary", "pituitary"]
    assert [one.source for one in near] == ["kaggle/set"] * 2
    np.testing.assert_array_equal(near[0].image, known.images[4])
    assert near[0].distance == 0.4


def test_an_image_that_was_packed_anew_is_not_shown(known):
    changed = type(known)(known.rows.assign(packed_hash="00000000"), known.images)

    near = find_neighbors(FakeGuard(image_ids=known.rows.index), FEATURES, "glioma", changed)

    assert [one.image for one in near] == [None, None]


def test_without_images_the_names_are_known_still(known):
    near = find_neighbors(FakeGuard(image_ids=known.rows.index), FEATURES, "glioma", None)

    assert [(one.image_id, one.image) for one in near] == [
        ("kaggle/set/glioma/0.png", None),
        ("kaggle/set/glioma/1.png", None),
    ]
