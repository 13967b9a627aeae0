import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from brain_tumor_kedro.sample.phantoms import Patient, draw_slice
from brain_tumor_kedro.tasks import TUMOR_TYPE


def thumbnail(image: np.ndarray) -> np.ndarray:
    small = Image.fromarray(image).resize((32, 32), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float64).ravel()
    values -= values.mean()
    return values / np.linalg.norm(values)


def patient(label: str, seed: int) -> Patient:
    return Patient(f"phantom_{seed}", label, seed)


@pytest.mark.parametrize("label", TUMOR_TYPE.classes)
def test_slice_has_the_promised_form(label: str):
    drawn = draw_slice(patient(label, 1), 0.0, 200)
    assert drawn.image.shape == drawn.mask.shape == (200, 200)
    assert drawn.image.dtype == np.float32
    assert drawn.mask.dtype == np.uint8
    assert 0 <= drawn.image.min() < 0.1 < 0.4 < drawn.image.max() <= 1
    assert set(np.unique(drawn.mask)) == ({0} if label == "no_tumor" else {0, 1})
    assert drawn.border.shape == ((0, 2) if label == "no_tumor" else (72, 2))


def test_same_arguments_same_slice():
    one, two = (draw_slice(patient("glioma", 4), 0.5, 128) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.border, two.border)


@pytest.mark.parametrize("seed", range(4))
def test_label_changes_the_tumor_and_nothing_else(seed: int):
    healthy = draw_slice(patient("no_tumor", seed), 0.0, 256)
    for label in ("meningioma", "pituitary"):
        ill = draw_slice(patient(label, seed), 0.0, 256)
        changed = np.abs(ill.image - healthy.image) > 0.02
        rows, columns = np.nonzero(ill.mask)
        top, left = rows.min() - 30, columns.min() - 30
        changed[max(0, top) : rows.max() + 30, max(0, left) : columns.max() + 30] = False
        assert not changed.any()


@pytest.mark.parametrize("label", TUMOR_TYPE.positive)
def test_tumor_is_where_the_mask_says(label: str):
    for seed in range(5):
        ill = draw_slice(patient(label, seed), 0.0, 256)
        healthy = draw_slice(patient("no_tumor", seed), 0.0, 256)
        change = np.abs(ill.image - healthy.image)
        assert change[ill.mask == 1].mean() > 5 * change[ill.mask == 0].mean()
        x, y = np.rint(ill.border).astype(int).T
        assert ndimage.binary_dilation(ill.mask, np.ones((3, 3)))[y, x].all()
        assert not ndimage.binary_erosion(ill.mask, iterations=3)[y, x].any()


def test_meningioma_is_brighter_than_glioma_inside():
    def brightness(label: str) -> float:
        slices = [draw_slice(patient(label, seed), 0.0, 128) for seed in range(6)]
        return float(np.mean([s.image[s.mask == 1].mean() for s in slices]))

    assert brightness("meningioma") > brightness("glioma") + 0.1


def test_pituitary_tumor_is_the_smallest():
    def area(label: str) -> float:
        slices = [draw_slice(patient(label, seed), 0.0, 128) for seed in range(6)]
        return float(np.mean([s.mask.mean() for s in slices]))

    assert area("pituitary") < 0.8 * min(area("glioma"), area("meningioma"))


def test_neighbors_are_alike_but_no_copies_and_patients_differ():
    positions = (-1.0, 0.0, 1.0)
    stack = np.stack(
        [
            thumbnail(draw_slice(patient(TUMOR_TYPE.classes[seed % 4], seed), at, 256).image)
            for seed in range(20, 40)
            for at in positions
        ]
    )
    likeness = stack @ stack.T
    person = np.repeat(np.arange(20), len(positions))
    neighbors = np.array([likeness[i, i + 1] for i in range(59) if person[i] == person[i + 1]])
    others = likeness[person[:, None] != person]
    assert neighbors.max() < 0.985
    assert np.median(neighbors) > 0.94
    assert neighbors.min() > 0.85
    assert others.max() < 0.96
    assert np.quantile(others, 0.99) < 0.9
