"""How alike two images are: laid on one another, however one was changed, resized or turned.

On Figshare's 3,064 slices, copies reach a local correlation of 0.93 to 1.00 under every change that
`tests/benchmarks/duplicates.py` makes, and the closest two different slices 0.89.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from brain_tumor_kedro.imaging.normalization import find_frame
from brain_tumor_kedro.imaging.registration import (
    Structure,
    correlate,
    extract_coarse,
    extract_fine,
    extract_middle,
    judge,
    place_frames,
    refine,
)
from brain_tumor_kedro.imaging.views import turn, turn_frames

THUMBNAIL_SIDE = 64
PAIRS_AT_ONCE = 128
FINE_STEPS = 2
#: A verdict from here on is not given anew after the last steps: a copy is one already.
CERTAIN = 0.92
#: A pair is given up where it correlates less than almost all pairs (99.3% of them or more, of
#: Figshare's slices and of copies of them) that reach the verdict asked for in the end.
VERDICTS = (0.0, 0.70, 0.90)
LEAST_COARSE, LEAST_MIDDLE, LEAST_BEFORE = (0.0, 0.82, 0.84), (0.0, 0.78, 0.82), (0.0, 0.62, 0.75)
#: Gauss-Newton steps at the levels before the last.
COARSE_STEPS, MIDDLE_STEPS = 4, 4


def thumbnail(gray: np.ndarray) -> np.ndarray:
    """Average an image down to the size in which images are compared.

    Args:
        gray: `(h, w)` uint8; the proportions are given up, so that a stretched copy is one too.

    Returns:
        `(64, 64)` uint8.
    """
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return np.asarray(Image.fromarray(gray).resize(side, Image.Resampling.BOX))


def compare(thumbnails: np.ndarray, pairs: pd.DataFrame, least: float) -> np.ndarray:
    """Lay the images of each pair on one another and correlate their local structure.

    Args:
        thumbnails: `(n, 64, 64)` uint8.
        pairs: Columns `a` and `b`, positions in `thumbnails`, and `view`, the position in `VIEWS`
            in which `a` is laid on `b`.
        least: The verdict from which on a pair is of interest; the higher, the faster.

    Returns:
        `(len(pairs),)` float32: the correlation after local normalization, -1 to 1; NaN for pairs
        that were given up early.
    """
    a, b, view = (pairs[name].to_numpy() for name in ("a", "b", "view"))
    order = _bring_together(len(thumbnails), a, b)
    chunks = [order[start : start + PAIRS_AT_ONCE] for start in range(0, len(a), PAIRS_AT_ONCE)]
    work = delayed(_compare_chunk)
    jobs = (work(thumbnails, a[rows], b[rows], view[rows], least) for rows in chunks)
    pool = Parallel(n_jobs=-1, backend="threading", return_as="generator")
    result = np.full(len(a), np.nan, np.float32)
    # Many small products: threads of our own are faster than those of BLAS, made for large ones.
    with threadpool_limits(1, user_api="blas"):
        done = tqdm(pool(jobs), total=len(chunks), desc="Comparing pairs", mininterval=1.0)
        for rows, found in zip(chunks, done, strict=True):
            result[rows] = found
    return result


def _bring_together(number: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """An order of the pairs in which those of the same images are close to each other."""
    graph = coo_array((np.ones(2 * len(a), np.int8), (np.r_[a, b], np.r_[b, a])), (number, number))
    if not len(a):
        return np.arange(0)
    place = np.empty(number, np.int64)
    place[reverse_cuthill_mckee(graph.tocsr(), symmetric_mode=True)] = np.arange(number)
    return np.argsort(np.minimum(place[a], place[b]), kind="stable")


class _Laid(NamedTuple):
    """Pairs in the course of being laid on one another; every field has one entry a pair.

    Attributes:
        pair: Which pair of the chunk it is.
        template: Position of the image that is laid upon.
        template_view: The view in which it is taken.
        moving: Position of the image that is laid on it.
        moving_view: The view in which it is taken.
        placement: `(m, 4)` float32, how it is laid.
    """

    pair: np.ndarray
    template: np.ndarray
    template_view: np.ndarray
    moving: np.ndarray
    moving_view: np.ndarray
    placement: np.ndarray

    def narrow(self, chosen: np.ndarray) -> "_Laid":
        """Some of the pairs, by a mask or by positions."""
        return _Laid(*(field[chosen] for field in self))


def _compare_chunk(
    thumbnails: np.ndarray, a: np.ndarray, b: np.ndarray, view: np.ndarray, least: float
) -> np.ndarray:
    result = np.full(len(a), np.nan, np.float32)
    used, position = np.unique(np.r_[a, b], return_inverse=True)
    images = thumbnails[used].astype(np.float32)
    laid = _begin(images, position[: len(a)], position[len(a) :], view)
    levels = (
        (extract_coarse, COARSE_STEPS, np.interp(least, VERDICTS, LEAST_COARSE)),
        (extract_middle, MIDDLE_STEPS, np.interp(least, VERDICTS, LEAST_MIDDLE)),
    )
    for extract, steps, enough in levels:
        template, moving = _take(extract, images, laid)
        laid = laid._replace(placement=refine(template, moving, laid.placement, steps))
        laid = laid.narrow(correlate(template, moving, laid.placement) >= enough)
        if not len(laid.pair):
            return result
    result[laid.pair] = _judge_closely(images, laid, least)
    return result


def _judge_closely(images: np.ndarray, laid: _Laid, least: float) -> np.ndarray:
    template, moving = _take(extract_fine, images, laid)
    gray = _turn_each(images[laid.moving], laid.moving_view)
    verdict = judge(template, moving, gray, laid.placement)
    hopeless = verdict < np.interp(least, VERDICTS, LEAST_BEFORE)
    unsure = np.flatnonzero(~hopeless & (verdict < CERTAIN))
    template, moving, gray = template.at(unsure), moving.at(unsure), gray[unsure]
    placement = refine(template, moving, laid.placement[unsure], FINE_STEPS)
    verdict[unsure] = judge(template, moving, gray, placement)
    return verdict


def _begin(images: np.ndarray, a: np.ndarray, b: np.ndarray, view: np.ndarray) -> _Laid:
    """The wider view becomes the template: what a crop cut off is then not missed."""
    frames = find_frame(images)
    first, second = turn_frames(frames[a], view), frames[b]
    wider = second[:, 0] * second[:, 2] < first[:, 0] * first[:, 2]
    upright = np.zeros_like(view)
    return _Laid(
        np.arange(len(a)),
        np.where(wider, b, a),
        np.where(wider, upright, view),
        np.where(wider, a, b),
        np.where(wider, view, upright),
        place_frames(
            np.where(wider[:, None], second, first), np.where(wider[:, None], first, second)
        ),
    )


def _take(
    extract: Callable[[np.ndarray], Structure], images: np.ndarray, laid: _Laid
) -> tuple[Structure, Structure]:
    """The structures of both images of every pair, each extracted from its image once."""
    used, position = np.unique(np.r_[laid.template, laid.moving], return_inverse=True)
    structure = extract(images[used])
    ends = (
        (position[: len(laid.pair)], laid.template_view),
        (position[len(laid.pair) :], laid.moving_view),
    )
    template, moving = (
        Structure(*(_turn_each(part[rows], view) for part in structure)) for rows, view in ends
    )
    return template, moving


def _turn_each(images: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Turn images, `(m, h, h)`, in place, each to its own view."""
    for number in np.unique(view[view > 0]):
        chosen = view == number
        images[chosen] = turn(images[chosen], int(number))
    return images
