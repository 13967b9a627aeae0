import keras
import numpy as np
import pytest

from brain_tumor_kedro.modelling.occlusion import compute_occlusion, lay_patches

SIDE = 40


class Corner(keras.layers.Layer):
    """Says how bright the square from row 24 and column 8 on is; counts what it is given."""

    seen: list[int]

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        square = keras.ops.cast(images[:, 24:32, 8:16], "float32") / 255
        bright = keras.ops.mean(square, axis=(1, 2))
        return keras.ops.stack([bright, 1 - bright], axis=1)


@pytest.fixture
def model() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE), dtype="uint8")
    return keras.Model(inputs, Corner()(inputs))


@pytest.fixture
def images() -> np.ndarray:
    """A bright square where the model looks, and another where it does not."""
    images = np.zeros((2, SIDE, SIDE), np.uint8)
    images[0, 24:32, 8:16] = 255
    images[0, 4:12, 28:36] = 255
    return images


def test_the_place_that_the_classifier_looks_at_is_found(
    model: keras.Model, images: np.ndarray
) -> None:
    maps = compute_occlusion(
        model, images, np.array([0]), np.array([0]), patch=0.2, stride=0.1, batch_size=8
    )
    assert maps.shape == (1, SIDE, SIDE)
    strongest = np.argwhere(maps[0] == maps[0].max())
    assert maps[0].max() > 0.5
    np.testing.assert_allclose(strongest.mean(axis=0), (27.5, 11.5), atol=0.5)
    assert abs(maps[0, 4:12, 28:36]).max() == 0
    against = compute_occlusion(model, images, np.array([0]), np.array([1]), patch=0.2, stride=0.1)
    np.testing.assert_allclose(against, -maps, atol=1e-6)


def test_what_is_black_all_around_is_not_predicted_again(
    model: keras.Model, images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = []
    predict = keras.Model.predict_on_batch

    def count(self: keras.Model, batch: np.ndarray) -> np.ndarray:
        batches.append(len(batch))
        return predict(self, batch)

    monkeypatch.setattr(keras.Model, "predict_on_batch", count)
    options = {"patch": 0.2, "stride": 0.1, "batch_size": 8}
    maps = compute_occlusion(model, images, np.array([1, 1]), np.array([1, 0]), **options)
    assert batches == [8]  # both images once, filled up; none of their patches
    assert not maps.any()
    compute_occlusion(model, images, np.array([0]), np.array([0]), **options)
    patches = len(lay_patches(SIDE, 0.2, 0.1).starts) ** 2
    assert set(batches) == {8}
    assert 2 < len(batches) < 2 + patches / 8


@pytest.mark.parametrize("size", [64, 299, 300])
@pytest.mark.parametrize(("patch", "stride"), [(0.2, 0.16), (0.25, 0.25), (1.0, 1.0), (0.1, 0.03)])
def test_patches_leave_no_pixel_out(size: int, patch: float, stride: float) -> None:
    patches = lay_patches(size, patch, stride)
    covered = np.zeros((size, size), bool)
    for span in patches:
        assert covered[span].shape == (patches.side, patches.side)
        covered[span] = True
    assert covered.all()
    assert (np.diff(patches.starts) <= np.ceil(stride * size)).all()


@pytest.mark.parametrize(("patch", "stride"), [(0.1, 0.2), (0.0, 0.0), (1.2, 0.5)])
def test_patches_with_gaps_are_refused(patch: float, stride: float) -> None:
    with pytest.raises(ValueError, match="Expected a stride above 0"):
        lay_patches(100, patch, stride)
