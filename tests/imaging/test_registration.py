import numpy as np
import pytest

from brain_tumor_kedro.imaging.normalization import coordinates, find_frame, resample
from brain_tumor_kedro.imaging.registration import (
    LEAST_SCALE,
    MOST_SHIFT,
    Structure,
    correlate,
    correlate_weighted,
    extract_coarse,
    extract_fine,
    extract_middle,
    judge,
    place_frames,
    refine,
)
from brain_tumor_kedro.imaging.similarity import thumbnail
from builders import draw, draw_phantom

IDENTITY = np.array([[1, 0, 1, 0]], np.float32)
PLACEMENTS = [
    (1.0, 0.0, 1.0, 0.0),
    (1.06, 0.0, 1.06, 0.0),
    (0.95, 0.0, 1.05, 0.0),
    (1.0, 0.05, 1.0, -0.04),
    (0.93, -0.03, 0.97, 0.05),
]


def make_slices(*seeds: int, make=draw) -> np.ndarray:
    return np.stack([thumbnail(make(seed, 256)) for seed in seeds]).astype(np.float32)


def make_noise(seed: int, n: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 8, 8)).astype(np.float32)


def lay(template: np.ndarray, moving: np.ndarray, placement: np.ndarray) -> np.ndarray:
    """The placement after all three levels of refinement."""
    for extract in (extract_coarse, extract_middle, extract_fine):
        placement = refine(extract(template), extract(moving), placement, 4)
    return placement


@pytest.mark.parametrize("make", [draw, draw_phantom])
@pytest.mark.parametrize("true", PLACEMENTS)
def test_refining_finds_a_small_scale_and_shift(true, make):
    images = make_slices(0, 1, make=make)
    true = np.tile(np.array(true, np.float32), (2, 1))

    found = lay(resample(images, true), images, np.tile(IDENTITY, (2, 1)))

    assert np.abs(found - true).max() < 0.01


def test_refining_raises_the_correlation():
    images = make_slices(0, 1)
    seen = resample(images, np.array([PLACEMENTS[1], PLACEMENTS[3]], np.float32))
    template, moving = extract_middle(seen), extract_middle(images)
    start = np.tile(IDENTITY, (2, 1))

    better = correlate(template, moving, refine(template, moving, start, 4))

    assert (better > correlate(template, moving, start)).all()
    assert better.min() > 0.97


def test_no_steps_change_nothing():
    structure = extract_middle(make_slices(0))
    placement = np.array([PLACEMENTS[4]], np.float32)

    assert (refine(structure, structure, placement, 0) == placement).all()


def test_pairs_are_refined_each_on_its_own():
    images = make_slices(0, 1, 2)
    placed = resample(images, np.array(PLACEMENTS[2:], np.float32))
    template, moving = extract_middle(images), extract_middle(placed)

    together = refine(template, moving, np.tile(IDENTITY, (3, 1)), 3)

    for row in range(3):
        alone = refine(template.at([row]), moving.at([row]), IDENTITY, 3)
        assert together[[row]] == pytest.approx(alone, abs=1e-4)


def test_flat_images_and_strangers_give_finite_numbers_within_limits():
    images = np.concatenate([np.zeros((1, 64, 64), np.float32), make_slices(0, 1)])
    template, moving = extract_coarse(images), extract_coarse(images[[1, 2, 0]])

    placement = refine(template, moving, np.tile(IDENTITY, (3, 1)), 30)

    assert (placement[:, ::2] >= LEAST_SCALE).all()
    assert (np.abs(placement[:, 1::2]) <= MOST_SHIFT).all()
    assert np.isfinite(correlate(template, moving, placement)).all()


def test_frames_laid_on_one_another_undo_scale_and_shift():
    x, y = np.meshgrid(coordinates(64), coordinates(64))
    blob = (200 * np.exp(-(x**2 / 0.08 + y**2 / 0.05))).astype(np.float32)[None]
    true = np.array([[1.2, 0.1, 0.9, -0.1]], np.float32)

    placement = place_frames(find_frame(resample(blob, true)), find_frame(blob))

    assert placement == pytest.approx(true, abs=0.03)


def test_equal_weights_give_the_plain_correlation():
    first, second = make_noise(0), make_noise(1)
    second += first

    found = correlate_weighted(first, second, np.full_like(first, 0.3))

    expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(first, second, strict=True)]
    assert found == pytest.approx(expected, abs=1e-5)


def test_weights_count_pixels_as_often_as_they_say():
    first, second = make_noise(0), make_noise(1)
    times = np.random.default_rng(2).integers(0, 4, first.shape)

    found = correlate_weighted(first, second, times.astype(np.float32))

    for row in range(len(first)):
        often = [np.repeat(part[row].ravel(), times[row].ravel()) for part in (first, second)]
        assert found[row] == pytest.approx(np.corrcoef(often)[0, 1], abs=1e-5)


@pytest.mark.parametrize("constant", ["first", "second", "weight"])
def test_where_nothing_varies_the_correlation_is_zero(constant):
    arrays = {"first": make_noise(0), "second": make_noise(1), "weight": np.abs(make_noise(2))}
    arrays[constant] = np.zeros_like(arrays[constant])

    assert correlate_weighted(**arrays) == pytest.approx(0, abs=1e-5)


def test_the_verdict_on_an_image_and_itself_is_1():
    images = make_slices(0, 1)
    structure = extract_fine(images)

    verdict = judge(structure, structure, images, np.tile(IDENTITY, (2, 1)))

    assert verdict == pytest.approx(1, abs=1e-4)


def test_the_verdict_on_strangers_is_low():
    images = make_slices(0, 1)
    structure = extract_fine(images)
    crossed = structure.at([1, 0])

    verdict = judge(structure, crossed, images[::-1], np.tile(IDENTITY, (2, 1)))

    assert np.abs(verdict).max() < 0.5


def test_what_a_crop_cut_off_does_not_count():
    images = make_slices(0)
    zoom = np.array([[0.8, 0, 0.8, 0]], np.float32)
    # The crop is laid on the whole image: what is seen at x lies at x / 0.8 of the crop.
    crop, back = resample(images, zoom), np.array([[1.25, 0, 1.25, 0]], np.float32)

    verdict = judge(extract_fine(images), extract_fine(crop), crop, back)

    assert verdict[0] > 0.95


def test_structures_of_some_images_are_those_of_these_images():
    structure = Structure(make_noise(0), make_noise(1))

    some = structure.at(np.array([2, 0]))

    assert (some.detail == structure.detail[[2, 0]]).all()
    assert (some.weight == structure.weight[[2, 0]]).all()


def test_no_pairs_are_refined():
    nothing = extract_fine(np.zeros((0, 64, 64), np.float32))

    assert refine(nothing, nothing, np.zeros((0, 4), np.float32), 2).shape == (0, 4)


def test_no_pairs_are_judged():
    nothing = extract_fine(np.zeros((0, 64, 64), np.float32))
    images = np.zeros((0, 64, 64), np.float32)

    assert judge(nothing, nothing, images, np.zeros((0, 4), np.float32)).shape == (0,)
