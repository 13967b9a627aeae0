"""Drawing groups anew: the same patients, some of them twice, some of them not at all."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from brain_tumor_kedro.assessment.weighted import Name, Prepared, weigh

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: Weights that are held at once: 4 MB of them, and about ten times as much beside.
CHUNK = 500_000


def code_groups(image_ids: pd.Series, manifest: pd.DataFrame) -> Codes:
    """Number the groups of images.

    Args:
        image_ids: The images, n of them.
        manifest: Columns `image_id`, `group_id`; an image without a group is its own.

    Returns:
        Int, shape (n,), counted from zero.

    Raises:
        ValueError: An image is not in the manifest.
    """
    groups = manifest.set_index("image_id")["group_id"]
    unknown = ~image_ids.isin(groups.index)
    if unknown.any():
        raise ValueError(
            f"Expected images of the manifest, found {image_ids[unknown].iloc[0]!r} and "
            f"{unknown.sum() - 1} others. Predict again: kedro run --pipelines evaluation"
        )
    codes, names = pd.factorize(image_ids.map(groups))
    alone = codes < 0
    codes[alone] = len(names) + np.arange(alone.sum())
    return codes.astype(np.intp)


def draw_weights(groups: Codes, draws: int, seed: int) -> Iterator[Array]:
    """Draw groups with replacement, as many as there are, and weigh their images.

    Args:
        groups: Group of every image, counted from zero, shape (n,).
        draws: How many times.
        seed: Of the draws; the same seed and groups give the same weights.

    Yields:
        How often each image was drawn, float, shape (n, draws of this chunk).
    """
    random = np.random.default_rng(seed)
    number = int(groups.max()) + 1
    step = max(1, CHUNK // max(len(groups), number))
    for start in range(0, draws, step):
        drawn = min(step, draws - start)
        counts = random.multinomial(number, np.full(number, 1 / number), size=drawn)
        yield np.ascontiguousarray(counts.T, dtype=np.float64)[groups]


def resample(
    prepared: Mapping[str, Prepared], groups: Codes, draws: int, seed: int
) -> dict[str, dict[Name, Array]]:
    """Score several predictors of the same images on the same draws.

    Args:
        prepared: By predictor, each of the same n images in the same order.
        groups: Group of every image, counted from zero, shape (n,).
        draws: How many times.
        seed: Of the draws.

    Returns:
        By predictor: what `weigh` returns, for all draws.
    """
    parts: dict[str, list[dict[Name, Array]]] = {name: [] for name in prepared}
    for weights in draw_weights(groups, draws, seed):
        for name, one in prepared.items():
            parts[name].append(weigh(one, weights))
    return {
        name: {key: np.concatenate([part[key] for part in chunks]) for key in chunks[0]}
        for name, chunks in parts.items()
    }


def effective_groups(groups: Codes, inside: npt.NDArray[np.bool_]) -> float:
    """Count groups as if all were of one size: Kish's effective number.

    (sum of sizes) squared over the sum of squared sizes; Kish, "Survey sampling", 1965, and for
    clusters Carter, Schnepel and Steigerwald, Review of Economics and Statistics 99:4, 2017.

    Args:
        groups: Group of every image, counted from zero, shape (n,).
        inside: The images that count, bool, shape (n,).

    Returns:
        Between 1 and the number of groups with such images; 0 without any.
    """
    sizes = np.bincount(groups[inside])
    return float(sizes.sum() ** 2 / (sizes**2).sum()) if sizes.size else 0.0


def combine_effective(numbers: Sequence[float]) -> float:
    """Give an average over classes the effective number of groups of Satterthwaite's formula.

    The variance of the average is that of its parts, and the class with the fewest groups has the
    largest one, known worst. Satterthwaite, Biometrics Bulletin 2:6, 1946.

    Args:
        numbers: Effective number of groups of each class, at least 1.

    Returns:
        At least 1; 1 where a class is of one group.
    """
    parts = 1 / np.asarray(numbers)
    if parts.max() == 1:
        return 1.0
    return float(1 + parts.sum() ** 2 / (parts**3 / (1 - parts)).sum())
