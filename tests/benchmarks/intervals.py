"""How long the intervals of all scores take, against a loop of scikit-learn over the same draws.

    python -m tests.benchmarks.intervals [images] [draws] [draws of the loop]

The loop calls scikit-learn with `sample_weight` once a score and draw, as the tests do to check the
weighted formulas. It is timed on a part of the draws; the ratio is of seconds a draw.
"""

import sys

import numpy as np
from tests.assessment.test_weighted import (
    CLASSES,
    POSITIVE,
    random_outcome,
    score_with_scikit_learn,
)
from tests.benchmarks.timing import timed

from brain_tumor_kedro.assessment.resampling import draw_weights
from brain_tumor_kedro.assessment.score_table import ResamplingSettings, tabulate_scores


def main(images: int = 1000, draws: int = 2000, looped: int = 20) -> None:
    outcome, groups = random_outcome(n=images), np.arange(images) // 5
    settings = ResamplingSettings(draws=draws)
    about = (groups, CLASSES, POSITIVE, settings)
    whole = timed(lambda: tabulate_scores({"classifier": outcome}, *about))
    weights = np.concatenate(list(draw_weights(groups, looped, settings.seed)), axis=1)
    loop = timed(lambda: [score_with_scikit_learn(outcome, one) for one in weights.T])
    ratio = (loop.seconds / looped) / (whole.seconds / draws)
    scores = len(loop.result[0])
    print(f"{images:,} images, {groups.max() + 1:,} groups, {scores} scores")  # noqa: T201
    print(f"at once, {draws:,} draws with intervals {whole}")  # noqa: T201
    print(f"loop of scikit-learn, {looped:,} draws     {loop}")  # noqa: T201
    print(f"a draw is {ratio:.0f} times as fast")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
