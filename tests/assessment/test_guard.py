import numpy as np
import pytest

from brain_tumor_kedro.assessment.guard import Guard, fit_guard
from brain_tumor_kedro.assessment.guard_settings import GuardSettings

WIDTH = 30


def draw(count: int, seed: int, offset: float = 0.0) -> np.ndarray:
    """Draw styles of two classes that spread much in three directions and little in the others."""
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(0).normal(size=(3, WIDTH))
    centers = np.stack([np.zeros(WIDTH), np.full(WIDTH, 4.0)])
    drawn = centers[np.arange(count) % 2] + rng.normal(size=(count, 3)) @ basis
    return drawn + 0.1 * rng.normal(size=drawn.shape) + offset


def fit(val: int = 200, **settings) -> Guard:
    features = np.random.default_rng(1).normal(size=(400, 8))
    return fit_guard(
        draw(400, 1),
        ["a", "b"] * 200,
        draw(val, 2),
        GuardSettings(**settings),
        features=features,
        image_ids=[f"i{number}" for number in range(400)],
    )


@pytest.fixture(scope="module")
def guard() -> Guard:
    return fit()


def test_new_images_pass_at_the_level_that_was_asked_for(guard):
    assert guard.level == pytest.approx(199 / 201)
    assert 0.96 < 1 - guard.flag(draw(2000, 3)).mean() < 1
    assert guard.flag(draw(200, 2)).mean() == pytest.approx(1 / 200)


def test_an_image_off_the_spread_is_foreign_though_it_is_near(guard):
    inside = draw(50, 4)
    along = inside + 2 * np.linalg.norm(guard.directions[0]) * guard.directions[0]
    off = np.random.default_rng(5).normal(size=WIDTH)
    off -= guard.directions.T @ (guard.directions @ off)
    across = inside + 2 * off / np.linalg.norm(off)
    assert guard.flag(across).all()
    assert guard.flag(along).mean() < 0.2


def test_the_score_is_mahalanobis_distance_from_the_nearest_class():
    guard = fit(directions=3)
    covariance = guard.directions.T @ np.diag(guard.variances) @ guard.directions
    across = np.eye(WIDTH) - guard.directions.T @ guard.directions
    inverse = np.linalg.inv(covariance + guard.rest * across)
    images = draw(20, 6, offset=0.5)
    away = images[:, None] - guard.centers
    expected = np.sqrt(np.einsum("ncd,de,nce->nc", away, inverse, away).min(axis=1))
    np.testing.assert_allclose(guard.score(images), expected, rtol=1e-3)


@pytest.mark.parametrize("images", [400, 20])  # fewer than values as well
def test_directions_are_those_of_a_whole_decomposition(images):
    styles = draw(images, 1)
    within = styles.copy()
    for which in (0, 1):
        within[which::2] -= within[which::2].mean(axis=0)
    _, lengths, expected = np.linalg.svd(within, full_matrices=False)
    known = {"features": styles, "image_ids": [str(number) for number in range(images)]}
    guard = fit_guard(
        styles, ["a", "b"] * (images // 2), styles[:0],
        GuardSettings(directions=3, images_per_direction=2), **known,
    )  # fmt: skip
    np.testing.assert_allclose(guard.variances, lengths[:3] ** 2 / (images - 1), rtol=1e-9)
    np.testing.assert_allclose(
        guard.directions.T @ guard.directions, expected[:3].T @ expected[:3], atol=1e-5
    )


def test_with_few_validation_images_the_largest_of_them_is_the_limit():
    guard = fit(val=33)
    assert guard.level == pytest.approx(33 / 34)
    assert guard.threshold == guard.score(draw(33, 2)).max()


@pytest.mark.parametrize("val", [0, 19])
def test_with_too_few_there_is_no_verdict_but_a_score(val):
    guard = fit(val=val)
    assert (guard.threshold, guard.level, guard.val_images) == (None, None, val)
    assert guard.flag(draw(3, 3)) is None
    assert np.isfinite(guard.score(draw(3, 3))).all()


def test_a_style_that_is_not_finite_is_foreign(guard):
    styles = draw(2, 3)
    styles[1, 0] = np.nan
    assert guard.flag(styles).tolist() == [False, True]


@pytest.mark.parametrize("val", [5, 200])
def test_a_stored_guard_is_the_same(val, tmp_path):
    guard = fit(val=val)
    guard.save(tmp_path / "guard.npz")
    loaded = Guard.load(tmp_path / "guard.npz")
    np.testing.assert_array_equal(loaded.score(draw(9, 3)), guard.score(draw(9, 3)))
    assert (loaded.threshold, loaded.level) == (guard.threshold, guard.level)
    assert loaded.val_images == guard.val_images
    assert loaded.image_ids.tolist() == guard.image_ids.tolist()
    assert loaded.features.dtype == np.float16


def test_neighbors_are_the_nearest_of_a_class(guard):
    own = guard.features[[7, 8]].astype(np.float64) * 5  # only the direction counts
    places, distances = guard.neighbors(own, count=2)
    assert places[:, 0].tolist() == [7, 8]
    np.testing.assert_allclose(distances[:, 0], 0, atol=1e-3)
    places, distances = guard.neighbors(own, labels=["a", "a"], count=3)
    assert (guard.labels[places] == "a").all()
    assert (np.diff(distances, axis=1) >= 0).all()


def test_missing_neighbors_are_told(guard):
    places, distances = guard.neighbors(np.ones((1, 8)), labels=["c"], count=2)
    assert places.tolist() == [[-1, -1]]
    assert np.isnan(distances).all()
    places, _ = guard.neighbors(np.ones((1, 8)), labels=["a"], count=500)
    assert (places[0] >= 0).sum() == 200
    assert places.shape == (1, 500)


def test_another_classifier_is_refused(guard):
    with pytest.raises(ValueError, match=r"Expected \(n, 30\) style values, received \(2, 4\)"):
        guard.score(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="another classifier"):
        guard.neighbors(np.zeros((2, 4)))


def test_what_cannot_be_fitted_is_told():
    known = {"features": np.ones((1, 2)), "image_ids": ["i"]}
    with pytest.raises(ValueError, match="at least 2 training images"):
        fit_guard(np.ones((1, 3)), ["a"], np.ones((0, 3)), **known)
    broken = np.full((2, 3), np.nan)
    with pytest.raises(ValueError, match="Expected finite styles"):
        fit_guard(broken, ["a", "b"], broken, **known)


def test_training_images_that_are_all_alike_do_not_divide_by_zero():
    alike = np.ones((30, 5))
    guard = fit_guard(
        alike, ["a"] * 30, alike, features=alike, image_ids=[str(number) for number in range(30)]
    )
    assert guard.flag(alike).sum() == 0
    assert guard.flag(alike + 0.1).all()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut short"])
def test_a_broken_file_is_refused(content, tmp_path):
    (tmp_path / "guard.npz").write_bytes(content)
    with pytest.raises(ValueError, match="is no guard of this version"):
        Guard.load(tmp_path / "guard.npz")


def test_a_file_of_another_version_or_with_pickle_is_refused(tmp_path, guard):
    np.savez(tmp_path / "other.npz", format=99)
    with pytest.raises(ValueError, match="expected format 1, found 99"):
        Guard.load(tmp_path / "other.npz")
    np.savez(tmp_path / "pickle.npz", format=1, labels=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="is no guard"):
        Guard.load(tmp_path / "pickle.npz")
    with pytest.raises(FileNotFoundError):
        Guard.load(tmp_path / "none.npz")
