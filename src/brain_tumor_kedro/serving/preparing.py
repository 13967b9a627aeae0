"""From a picture to what the classifier looks at, exactly as curation packs it."""

from dataclasses import dataclass, replace

import numpy as np

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.doubts import find_doubts
from brain_tumor_kedro.imaging.content import find_fault
from brain_tumor_kedro.imaging.packing import fit_square
from brain_tumor_kedro.imaging.quality import to_gray
from brain_tumor_kedro.serving.bundle import BundleFacts
from brain_tumor_kedro.serving.columns import GOOD


@dataclass(frozen=True)
class Prepared:
    """A picture made ready.

    Attributes:
        packed: `uint8` `(side, side)` or `(side, side, 3)`; None where it cannot be read.
        quality: `good`, or one of the manifest's reasons.
        problem: In words; None where the quality is good.
        doubts: What else may be wrong with it by its file, see `doubts.DOUBTS`.
    """

    packed: np.ndarray | None
    quality: str
    problem: str | None
    doubts: tuple[str, ...] = ()


def prepare(
    picture: Picture | None, problem: str | None, fault: str, facts: BundleFacts
) -> Prepared:
    """Make a picture ready for the classifier.

    Args:
        picture: As its file holds it; None where it cannot be read.
        problem: Then why.
        fault: Then what the quality is called.
        facts: What images the classifier takes.

    Returns:
        The square, and what is to be said of its quality: a poor picture has a square too.
    """
    if picture is None:
        return Prepared(None, fault, f"it cannot be read: {problem or fault}")
    try:
        prepared = _fit_gray if not facts.channels else _fit_channels
        return replace(prepared(picture.pixels, facts), doubts=find_doubts(picture.note))
    except ValueError as error:
        return Prepared(None, "unreadable", f"it cannot be used: {error}")


def _fit_gray(pixels: np.ndarray, facts: BundleFacts) -> Prepared:
    _require_image(pixels)
    gray = to_gray(pixels)
    return _judge(fit_square(gray, facts.image_size), pixels, gray)


def _fit_channels(pixels: np.ndarray, facts: BundleFacts) -> Prepared:
    """Channels are sequences here, not colors: what they show is judged on their mean."""
    number, names = len(facts.channels), ", ".join(facts.channels)
    if pixels.ndim != 3 or pixels.shape[-1] != number or pixels.dtype != np.uint8:
        raise ValueError(
            f"expected uint8 (h, w, {number}) with the channels {names}, found {pixels.dtype} of "
            f"shape {pixels.shape}"
        )
    _require_image(pixels)
    gray = np.rint(pixels.mean(axis=-1)).astype(np.uint8)
    squares = [fit_square(pixels[..., at], facts.image_size) for at in range(number)]
    return _judge(np.stack(squares, axis=-1), gray, gray)


def _require_image(pixels: np.ndarray) -> None:
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in {1, 3, 4})
    if not shaped or not pixels.size or pixels.dtype.kind not in "uif":
        found = f"{pixels.dtype} of shape {pixels.shape}"
        raise ValueError(f"expected (h, w) or (h, w, 3) numbers, found {found}")


def _judge(packed: np.ndarray, pixels: np.ndarray, gray: np.ndarray) -> Prepared:
    fault = find_fault(pixels, gray)
    if fault is None:
        return Prepared(packed, GOOD, None)
    reason, said = fault
    return Prepared(packed, reason, f"its quality is poor, {reason.replace('_', ' ')}: {said}")
