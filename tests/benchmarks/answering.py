"""Throughput of answers about pictures against a bare `model.predict` on an array.

Answers begin with decoded pictures: each is checked, packed, predicted, judged by the guard and
told as a row. At least 90 % of the bare throughput are asked for. Both are measured in turns, for
a busy machine slows both down; each begins with a model that was never called: both compile.

    python tests/benchmarks/answering.py BUNDLE IMAGES.npy [--images 1000] [--rounds 3]
                                         [--heat-maps]
"""

import argparse
import sys
from pathlib import Path

import keras
import numpy as np
from timing import Run, timed

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.answers import Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.bundle import Bundle

LEAST = 0.9


def predict_bare(model: keras.Model, images: np.ndarray) -> np.ndarray:
    fresh = keras.Model(model.input, model.output)
    return fresh.predict(images, batch_size=AnswerSettings().batch_size, verbose=0)


def answer(bundle: Bundle, images: np.ndarray, heat_maps: bool) -> np.ndarray:
    fresh = Bundle(bundle.facts, bundle.classifier, bundle.guard)
    answerer = Answerer(fresh, AnswerSettings(heat_maps=heat_maps))
    shown = (Shown(f"{at}", None, Picture(image, "L")) for at, image in enumerate(images))
    rows = [one.row for one in answerer.answer(shown)]
    return np.array([[row[f"p_{label}"] for label in bundle.facts.classes] for row in rows])


def compare(bundle: Bundle, images: np.ndarray, rounds: int, heat_maps: bool) -> None:
    ways = {
        "model.predict": lambda: predict_bare(bundle.classifier, images),
        "answers": lambda: answer(bundle, images, heat_maps),
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            runs[name].append(timed(work))
            say(f"{name:>14}: {runs[name][-1]}, {len(images) / runs[name][-1].seconds:.0f}/s")
    bare, answers = (min(run.seconds for run in found) for found in runs.values())
    away = np.abs(runs["model.predict"][0].result - runs["answers"][0].result).max()
    say(f"fastest: {len(images) / bare:.0f}/s bare, {len(images) / answers:.0f}/s of answers")
    say(f"answers reach {bare / answers:.0%} of the bare throughput, {LEAST:.0%} are asked for")
    say(f"largest difference of a probability {away:.1e}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path, help="packed images")
    parser.add_argument("--images", dest="count", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--heat-maps", action="store_true")
    given = parser.parse_args()
    images = np.array(np.load(given.images, mmap_mode="r")[: given.count])
    compare(Bundle.load(given.bundle), images, given.rounds, given.heat_maps)


if __name__ == "__main__":
    main()
