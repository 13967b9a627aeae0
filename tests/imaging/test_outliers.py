import numpy as np
import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging.outliers import (
    MIN_IMAGES,
    OutlierSettings,
    flag_outliers,
    score_outliers,
)
from brain_tumor_kedro.imaging.similarity import thumbnail
from builders import draw, make_manifest, make_row


@pytest.fixture(scope="module")
def slices():
    """Thumbnails of 200 slices of different sizes."""
    rng = np.random.default_rng(0)
    heads = (np.pad(draw(seed, 96), int(rng.integers(2, 20))) for seed in range(200))
    return np.stack([thumbnail(head) for head in heads])


def fade(angle: float) -> np.ndarray:
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    ramp = x * np.cos(angle) + y * np.sin(angle)
    return np.rint(255 * (ramp - ramp.min()) / np.ptp(ramp)).astype(np.uint8)


STRANGERS = {
    "noise": np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8),
    "gradient": fade(0.7),
    "page": np.repeat(np.where(np.arange(64) % 6 < 2, 40, 255).astype(np.uint8)[:, None], 64, 1),
    "stripes": np.tile(np.repeat([30, 220], 8), (64, 4)).astype(np.uint8),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_another_kind_of_picture_stands_out(slices, stranger):
    images = np.concatenate([slices, STRANGERS[stranger][None]])

    scores = score_outliers(images, np.arange(len(images)))

    assert scores[-1] > 4 > np.quantile(scores[:-1], 0.98)
    assert np.median(scores) == pytest.approx(1, abs=0.25)


def test_one_in_ten_strangers_do_not_make_themselves_usual(slices):
    strangers = np.stack([fade(angle) for angle in np.linspace(0, 3, 20)])
    images = np.concatenate([slices, strangers])

    assert (score_outliers(images, np.arange(len(images)))[-20:] > 4).all()


def test_turned_and_mirrored_images_score_the_same(slices):
    scores = [
        score_outliers(np.ascontiguousarray(view), np.arange(len(slices)))
        for view in (slices, slices[:, ::-1], slices[:, :, ::-1], np.rot90(slices, 1, (1, 2)))
    ]

    np.testing.assert_allclose(scores[1:], [scores[0]] * 3, atol=0.01)


def test_scores_are_the_same_every_time_and_in_blocks(slices, monkeypatch):
    scores = score_outliers(slices, np.arange(200))
    monkeypatch.setattr("brain_tumor_kedro.imaging.outliers.ROWS_AT_ONCE", 37)

    np.testing.assert_array_equal(score_outliers(slices, np.arange(200)), scores)


def test_many_equal_images_are_no_error(slices):
    images = np.concatenate([np.repeat(slices[:1], 150, axis=0), slices[1:6]])

    scores = score_outliers(images, np.arange(155))

    assert np.isfinite(scores).all()
    assert (scores[:150] < 4).all()


def test_a_handful_of_images_have_no_score(slices):
    rows = [make_row(f"{number:03d}") for number in range(MIN_IMAGES - 1)]

    manifest = flag_outliers(make_manifest(*rows), slices[: MIN_IMAGES - 1], OutlierSettings())

    assert manifest[["outlier_score", "flag"]].isna().all(axis=None)
    assert score_outliers(slices, np.arange(0)).shape == (0,)


def test_flagged_images_are_kept_and_rejected_ones_have_no_score(slices):
    images = np.concatenate([slices, STRANGERS["noise"][None], np.zeros((1, 64, 64), np.uint8)])
    rows = [make_row(f"{number:03d}") for number in range(201)]
    manifest = make_manifest(*rows, make_row("201", reason="blank"))

    flagged = flag_outliers(manifest, images, OutlierSettings(score=4))

    assert flagged["flag"].iloc[200] == "non_brain"
    assert flagged["status"].iloc[200] == "kept"
    assert flagged["flag"].notna().sum() <= 5
    assert flagged["outlier_score"].notna().tolist() == [True] * 201 + [False]


def test_a_threshold_that_flags_the_usual_is_refused():
    with pytest.raises(ValidationError, match="greater than 1"):
        OutlierSettings(score=0.5)
