"""A guard against foreign images: how far an image is from all that the classifier was trained on.

The distance is Mahalanobis's from the nearest class mean, with one covariance for all classes (Lee
et al., NeurIPS 2018, arXiv:1807.03888), of the image's style (see `modelling.style`). With more
values than images there is no covariance to invert: the spread is measured in the directions that
hold the most of it, and taken as even in all others (probabilistic principal components, Tipping
and Bishop, Journal of the Royal Statistical Society B 61:3, 1999). Validation, which it was not
fitted on, says from where on an image is flagged.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from sklearn.preprocessing import normalize

from brain_tumor_kedro.assessment.guard_arrays import MAY_BE_UNKNOWN, check_arrays
from brain_tumor_kedro.assessment.guard_settings import GuardSettings

Array = npt.NDArray[np.float64]

#: Raised where older files could not be read by newer code, or the other way round.
FORMAT = 1

#: Variance below which values of length 1 differ by rounding alone.
LEAST = 1e-12

#: Images whose distances are computed at a time.
CHUNK = 1024


@dataclass(frozen=True)
class Guard:
    """What is known of the training images, and from where on an image is foreign.

    Attributes:
        centers: Mean style of each class, `float32` `(classes, values)`.
        directions: In which training images differ most within a class, `float32`
            `(directions, values)`, orthonormal.
        variances: Along these, `float64` `(directions,)`.
        rest: Variance along every other direction.
        threshold: Scores above it are foreign; None where validation was too small.
        level: Share of good images that pass, as far as validation can tell: `threshold` is the
            smallest of its scores that so many images of its kind are expected below.
        val_images: How many images the threshold rests on.
        features: Of the training images, `float16` `(n, features)`, each of length 1.
        image_ids: Of the training images, `(n,)`.
        labels: Of the training images, `(n,)`.
    """

    centers: np.ndarray
    directions: np.ndarray
    variances: np.ndarray
    rest: float
    threshold: float | None
    level: float | None
    val_images: int
    features: np.ndarray
    image_ids: np.ndarray
    labels: np.ndarray

    def score(self, styles: np.ndarray) -> Array:
        """Measure how strange images are.

        Args:
            styles: `(n, values)`, as `modelling.parts.with_parts` tells them.

        Returns:
            Distance from the nearest class of training images, `(n,)`; higher is stranger, NaN
            where a style is not finite.

        Raises:
            ValueError: Where the styles are not of this guard's classifier.
        """
        self._require_width(styles, self.centers.shape[1], "style")
        scores = np.zeros(len(styles))
        for start in range(0, len(styles), CHUNK):
            chunk = np.asarray(styles[start : start + CHUNK], np.float64)
            scores[start : start + CHUNK] = self._measure(chunk)
        return scores

    def flag(self, styles: np.ndarray) -> npt.NDArray[np.bool_] | None:
        """Say which images are foreign.

        Args:
            styles: As for `score`.

        Returns:
            `(n,)`; None where validation was too small to say. A style that is not finite is
            foreign.
        """
        return self.judge(self.score(styles))

    def judge(self, scores: np.ndarray) -> npt.NDArray[np.bool_] | None:
        """Say which scores are those of foreign images, as `flag` does for styles."""
        return None if self.threshold is None else ~(scores <= self.threshold)

    def neighbors(
        self, features: np.ndarray, labels: Sequence[str] | None = None, count: int = 3
    ) -> tuple[npt.NDArray[np.intp], Array]:
        """Find the training images that look most alike to the classifier.

        Args:
            features: Pooled, `(n, features)`.
            labels: Where given, of each image the class whose training images are searched.
            count: How many are wanted.

        Returns:
            Places in `image_ids` and cosine distances, 0 to 2, both `(n, count)`, the nearest
            first; -1 and NaN where there are fewer.

        Raises:
            ValueError: Where the features are not of this guard's classifier.
        """
        self._require_width(features, self.features.shape[1], "feature")
        known = self.features.astype(np.float32)
        away = 1 - normalize(np.asarray(features, np.float64)).astype(np.float32) @ known.T
        if labels is not None:
            away[np.asarray(labels)[:, None] != self.labels] = np.inf
        places = np.argsort(away, axis=1, kind="stable")[:, :count]
        distances = np.take_along_axis(away, places, axis=1).astype(np.float64)
        missing = ~np.isfinite(distances)
        more = ((0, 0), (0, count - places.shape[1]))
        return (
            np.pad(np.where(missing, -1, places), more, constant_values=-1),
            np.pad(np.where(missing, np.nan, distances), more, constant_values=np.nan),
        )

    def save(self, path: Path | str) -> None:
        """Write the guard to a file of NumPy arrays, `.npz`, without pickle."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        known: dict[str, Any] = {
            name: np.nan if value is None else value for name, value in values.items()
        }
        with Path(path).open("wb") as file:
            np.savez_compressed(file, format=FORMAT, **known)

    @classmethod
    def load(cls, path: Path | str) -> Guard:
        """Read a guard.

        Raises:
            ValueError: Where the file is none, a broken one, or of another version.
            FileNotFoundError: Where there is none.
        """
        try:
            # NumPy leaves a file open that it cannot read.
            with np.load(io.BytesIO(Path(path).read_bytes()), allow_pickle=False) as file:
                values: dict[str, Any] = {name: file[name] for name in file.files}
            _require_format(values.pop("format", None))
            check_arrays(values)
            return cls(**{name: _plain(name, value) for name, value in values.items()})
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no guard of this version: {error}") from error

    def _measure(self, styles: Array) -> Array:
        inside = styles @ self.directions.T.astype(np.float64)
        centers = self.centers.astype(np.float64)
        best = np.full(len(styles), np.inf)
        for center, place in zip(centers, centers @ self.directions.T, strict=True):
            along = (inside - place) ** 2
            outside = np.maximum(((styles - center) ** 2).sum(axis=1) - along.sum(axis=1), 0)
            best = np.minimum(best, along @ (1 / self.variances) + outside / self.rest)
        return np.asarray(np.sqrt(best))

    def _require_width(self, values: np.ndarray, width: int, what: str) -> None:
        if values.ndim != 2 or values.shape[1] != width:
            raise ValueError(
                f"Expected (n, {width}) {what} values, received {values.shape}: they are of "
                "another classifier than the guard. Register anew: kedro run --pipelines "
                "registration"
            )


def fit_guard(
    train_styles: np.ndarray,
    train_labels: Sequence[str],
    val_styles: np.ndarray,
    settings: GuardSettings = GuardSettings(),  # noqa: B008  # it cannot change
    *,
    features: np.ndarray,
    image_ids: Sequence[str],
) -> Guard:
    """Fit a guard.

    Args:
        train_styles: Of the training images, `(n, values)`, n at least 2.
        train_labels: Their classes, `(n,)`.
        val_styles: Of validation images, `(m, values)`; may be none.
        settings: How.
        features: Pooled, of the training images, `(n, features)`, for `Guard.neighbors`.
        image_ids: Of the training images, `(n,)`.

    Returns:
        The guard.

    Raises:
        ValueError: Where there are too few training images, or values are not finite.
    """
    styles, labels = np.asarray(train_styles, np.float64), np.asarray(train_labels, np.str_)
    _check(styles, labels, np.asarray(val_styles, np.float64))
    classes, places = np.unique(labels, return_inverse=True)
    centers = np.stack([styles[places == place].mean(axis=0) for place in range(len(classes))])
    found = _find_spread(styles - centers[places], settings)
    guard = Guard(
        centers.astype(np.float32),
        *found,
        threshold=None,
        level=None,
        val_images=len(val_styles),
        features=normalize(np.asarray(features, np.float64)).astype(np.float16),
        image_ids=np.asarray(image_ids, np.str_),
        labels=labels,
    )
    return _set_threshold(guard, val_styles, settings)


def _find_spread(within: Array, settings: GuardSettings) -> tuple[np.ndarray, np.ndarray, float]:
    """Directions, the variance along them, and that along each other direction."""
    n, width = within.shape
    most = max(1, min(n, width) // 2)
    count = min(settings.directions, max(1, n // settings.images_per_direction), most)
    directions, variances = _find_main(within, count)
    rest = (np.square(within).sum() / (n - 1) - variances.sum()) / max(1, width - count)
    return directions.astype(np.float32), np.maximum(variances, LEAST), max(float(rest), LEAST)


def _find_main(within: Array, count: int) -> tuple[Array, Array]:
    """Directions of the largest variance and that variance, exactly, the largest first.

    They are eigenvectors of the smaller of two matrices: of all products of values, or of images.
    """
    n, width = within.shape
    wide = width > n
    products = within @ within.T if wide else within.T @ within
    size = len(products)
    squares, vectors = eigh(products, subset_by_index=(size - count, size - 1), overwrite_a=True)
    found = (within.T @ vectors if wide else vectors)[:, ::-1].T
    # Orthonormal also where a variance is next to none and rounding has the say.
    orthonormal = np.linalg.qr(found.T)[0].T if wide else found
    return orthonormal, np.maximum(squares[::-1], 0) / (n - 1)


def _set_threshold(guard: Guard, val_styles: np.ndarray, settings: GuardSettings) -> Guard:
    """Take the rank that split conformal prediction takes; the last one where n is too small."""
    n = len(val_styles)
    if n < settings.least_images:
        return guard
    rank = min(int(np.ceil(np.round((n + 1) * settings.level, 9))), n)
    threshold = float(np.sort(guard.score(val_styles))[rank - 1])
    return Guard(**{**vars(guard), "threshold": threshold, "level": rank / (n + 1)})


def _check(styles: Array, labels: np.ndarray, val_styles: Array) -> None:
    if len(styles) < 2 or len(labels) != len(styles):
        raise ValueError(
            f"Expected at least 2 training images with a label each, found {len(styles)} and "
            f"{len(labels)} labels: without them there is nothing to guard."
        )
    if not (np.isfinite(styles).all() and np.isfinite(val_styles).all()):
        raise ValueError(
            "Expected finite styles of training and validation images, found others. Train with "
            "`precision: float32` and look at the loss."
        )


def _require_format(found: np.ndarray | None) -> None:
    if found is None or found.ndim or found.dtype.kind not in "iu" or found != FORMAT:
        raise ValueError(f"expected format {FORMAT}, found {found}")


def _plain(name: str, value: np.ndarray) -> Any:
    """Numbers as Python's own; what is not known is None."""
    if value.ndim:
        return value
    if name == "val_images":
        return int(value)
    return None if name in MAY_BE_UNKNOWN and np.isnan(value) else float(value)
