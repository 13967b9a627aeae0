"""Images unlike all others of the run: a robust score, and a flag for those far off.

The score is the Mahalanobis distance of nine simple features from their robust center, by the
minimum covariance determinant (Rousseeuw and Van Driessen 1999, doi:10.2307/1270566), over the
root of the number of features: 1 is an image like most. It is the same for an image turned by a
quarter or mirrored. It says that an image is unusual in its collection, not what it shows.
"""

import warnings

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from sklearn.covariance import MinCovDet

from brain_tumor_kedro.imaging.manifest import decoded
from brain_tumor_kedro.imaging.similarity import THUMBNAIL_SIDE

#: Under this many images nothing is usual or unusual.
MIN_IMAGES = 100
#: The center and the covariance are found on at most this many images, spread evenly.
MAX_FITTED = 20_000
#: Share of the images that the center and the covariance stand on; the rest may be anything.
SUPPORT = 0.75
#: Smallest deviation of a feature, where most images are equal in it.
LEAST_DEVIATION = 1e-3
ROWS_AT_ONCE = 1024
SIDE = THUMBNAIL_SIDE
FRAME = 3
CENTER = slice(20, 44)

_Y, _X = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
_RADIUS = np.hypot(_X, _Y)
_RING = np.digitize(_RADIUS, np.linspace(0, 1.4, 29)).ravel()
_ON_FRAME = np.ones((SIDE, SIDE), bool)
_ON_FRAME[FRAME:-FRAME, FRAME:-FRAME] = False

FEATURES = (
    "frame", "frame_deviation", "roundness", "fine", "middle", "symmetry", "offset", "spread",
    "center",
)  # fmt: skip


class OutlierSettings(BaseModel):
    """From where on an image is flagged as one that may be no brain slice.

    Attributes:
        score: Outlier score over which an image is flagged, see `score_outliers`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: float = Field(4.0, gt=1)


def flag_outliers(
    manifest: pd.DataFrame, thumbnails: np.ndarray, settings: OutlierSettings
) -> pd.DataFrame:
    """Score every image that shows anything, and flag those that may be no brain slice.

    Args:
        manifest: As `build_manifest` makes it.
        thumbnails: `(len(manifest), 64, 64)` uint8, in the same order.
        settings: The threshold.

    Returns:
        The manifest with `outlier_score` and `flag`. Nothing is rejected.
    """
    rows = decoded(manifest).index
    scores = score_outliers(thumbnails, manifest.index.get_indexer(rows))
    flags = pd.Series("non_brain", index=rows[scores > settings.score], dtype="str")
    return manifest.assign(
        outlier_score=pd.Series(scores, index=rows, dtype="Float64").reindex(manifest.index),
        flag=flags.reindex(manifest.index),
    )


def score_outliers(thumbnails: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """How unusual each image is among all of them.

    Args:
        thumbnails: `(n, 64, 64)` uint8.
        chosen: Positions of the images to score, `(m,)`.

    Returns:
        `(m,)` float64, at least 0, to 3 decimals; NaN for fewer than `MIN_IMAGES` images.
    """
    if len(chosen) < MIN_IMAGES:
        return np.full(len(chosen), np.nan)
    features = np.concatenate(
        [
            measure_features(thumbnails[chosen[start : start + ROWS_AT_ONCE]])
            for start in range(0, len(chosen), ROWS_AT_ONCE)
        ]
    )
    center = np.median(features, axis=0)
    deviation = 1.4826 * np.median(np.abs(features - center), axis=0)
    scaled = (features - center) / np.maximum(deviation, LEAST_DEVIATION)
    # Rounded, so that the last bits of a processor decide nothing.
    scores: np.ndarray = np.sqrt(_measure_distances(scaled) / len(FEATURES)).round(3)
    return scores


def _measure_distances(scaled: np.ndarray) -> np.ndarray:
    """Squared robust distances; plain ones where most images are equal and vary in nothing."""
    with warnings.catch_warnings():
        # Many equal images leave no covariance in some direction; its pseudo-inverse is meant.
        warnings.filterwarnings("ignore", message="The covariance matrix associated")
        warnings.filterwarnings("ignore", message="Determinant has increased")
        estimate = MinCovDet(support_fraction=SUPPORT, random_state=0)
        try:
            estimate.fit(scaled[:: -(-len(scaled) // MAX_FITTED)])
        except ValueError:
            return np.asarray(np.square(scaled).sum(axis=1))
        return np.asarray(np.maximum(estimate.mahalanobis(scaled), 0))


def measure_features(thumbnails: np.ndarray) -> np.ndarray:
    """What tells a head on its background from other pictures, in numbers.

    Args:
        thumbnails: `(n, 64, 64)` uint8.

    Returns:
        `(n, 9)` float64, in the order of `FEATURES`: mean and deviation along the frame; how much
        of the variance rings around the middle explain; the logarithm of the share of variance
        in fine and in middle detail; how alike the image is to its mirror image; how far what
        is not background lies from the middle, and how far it spreads; brightness of the center.
    """
    values = _stretch(thumbnails)
    images = values.reshape(-1, SIDE, SIDE)
    variance = np.maximum(values.var(axis=1), 1e-6)
    frame = values[:, _ON_FRAME.ravel()]
    return np.column_stack(
        [
            frame.mean(axis=1),
            frame.std(axis=1),
            _smooth_rings(values).var(axis=1) / variance,
            np.log(_lose_detail(images, 2) / variance + 1e-3),
            np.log(_lose_detail(images, 8) / variance + 1e-2),
            _mirror_correlation(images) / variance,
            *_locate(np.abs(values - np.median(frame, axis=1, keepdims=True))),
            images[:, CENTER, CENTER].mean(axis=(1, 2)),
        ]
    )


def _stretch(thumbnails: np.ndarray) -> np.ndarray:
    """Gray values from the 2nd to the 98th percentile of each image as 0 to 1, `(n, 4096)`."""
    values = thumbnails.reshape(len(thumbnails), -1).astype(np.float64)
    low, high = np.percentile(values, [2, 98], axis=1)[..., None]
    stretched: np.ndarray = np.clip((values - low) / np.maximum(high - low, 1), 0, 1)
    return stretched


def _smooth_rings(values: np.ndarray) -> np.ndarray:
    members = (np.arange(_RING.max() + 1)[:, None] == _RING).astype(float)
    means = values @ (members / np.maximum(members.sum(axis=1, keepdims=True), 1)).T
    smooth: np.ndarray = means[:, _RING]
    return smooth


def _lose_detail(images: np.ndarray, step: int) -> np.ndarray:
    """Variance that goes when blocks of `step` pixels a side are averaged."""
    n, parts = len(images), SIDE // step
    blocks = images.reshape(n, parts, step, parts, step).mean(axis=(2, 4))
    lost: np.ndarray = np.maximum(images.var(axis=(1, 2)) - blocks.var(axis=(1, 2)), 0)
    return lost


def _mirror_correlation(images: np.ndarray) -> np.ndarray:
    """The covariance of each image and its mirror image, along the better of both axes."""
    around = images - images.mean(axis=(1, 2), keepdims=True)
    across = (around * around[:, :, ::-1]).mean(axis=(1, 2))
    better: np.ndarray = np.maximum(across, (around * around[:, ::-1]).mean(axis=(1, 2)))
    return better


def _locate(content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the center of what is not background lies from the middle, and its spread."""
    weights = content / np.maximum(content.sum(axis=1, keepdims=True), 1e-6)
    offset = np.hypot(weights @ _X.ravel(), weights @ _Y.ravel())
    return offset, np.sqrt(weights @ (_RADIUS**2).ravel())
