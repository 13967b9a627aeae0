import numpy as np
import pytest
from kedro.io import DatasetError, Version

from brain_tumor_kedro.datasets import PackedImagesDataset
from brain_tumor_kedro.datasets import packed_images_dataset as module

IMAGES = np.random.default_rng(0).integers(0, 255, (600, 9, 7), dtype=np.uint8)


@pytest.fixture
def dataset(tmp_path):
    return PackedImagesDataset(filepath=str(tmp_path / "images.npy"))


@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., None].repeat(3, 3), IMAGES[:0]])
def test_images_come_back_as_they_were_saved(dataset, images):
    dataset.save(images)

    np.testing.assert_array_equal(dataset.load(), images)


def test_images_are_mapped_and_read_only(dataset):
    dataset.save(IMAGES)

    images = dataset.load()

    assert isinstance(images, np.memmap)
    assert not images.flags.writeable


def test_any_numpy_reads_the_file(dataset, tmp_path):
    dataset.save(IMAGES)

    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), IMAGES)


def test_versions_are_kept_apart_and_the_newest_is_loaded(tmp_path):
    for version, images in (("2026-01-01", IMAGES), ("2026-01-02", IMAGES[:5])):
        PackedImagesDataset(
            filepath=str(tmp_path / "images.npy"), version=Version(None, version)
        ).save(images)

    dataset = PackedImagesDataset(
        filepath=str(tmp_path / "images.npy"), version=Version(None, None)
    )

    assert dataset.load().shape == (5, 9, 7)


@pytest.mark.parametrize("images", [IMAGES.astype(float), IMAGES[0]])
def test_other_arrays_are_refused(dataset, images):
    with pytest.raises(DatasetError, match=r"uint8 of shape \(n, h, w\)"):
        dataset.save(images)


def test_a_missing_file_is_an_error(dataset):
    assert not dataset.exists()
    with pytest.raises(DatasetError):
        dataset.load()


@pytest.mark.parametrize("keep", [0, 5, 60, 500])
def test_a_file_cut_short_is_refused_with_what_to_do(dataset, tmp_path, keep):
    dataset.save(IMAGES)
    path = tmp_path / "images.npy"
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(DatasetError, match="pipelines curation"):
        dataset.load()


def test_an_interrupted_save_leaves_the_earlier_images(dataset, monkeypatch):
    dataset.save(IMAGES)
    monkeypatch.setattr(module.np, "ascontiguousarray", _interrupt)

    with pytest.raises(KeyboardInterrupt):
        dataset.save(IMAGES[:3])

    monkeypatch.undo()
    assert dataset.load().shape == IMAGES.shape


def _interrupt(*_):
    raise KeyboardInterrupt
