"""A study whose trainings are made up: what the engine does around them is real."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
from filelock import FileLock

from brain_tumor_kedro.studies.cell_files import CellFiles
from brain_tumor_kedro.studies.cells import CellPlanner, Resolved
from brain_tumor_kedro.studies.engine import Engine, Outcome
from brain_tumor_kedro.studies.search_space import StudySettings
from brain_tumor_kedro.studies.storage import open_study


def make_settings(**changes) -> StudySettings:
    space = {"recipe": ["small", "large"], "rate": [0.1, 0.2]}
    return StudySettings.model_validate({"task": "tumor_type", "space": space, **changes})


def resolve(name, recipe, data) -> Resolved:
    if recipe.get("rate", 1) is None:
        raise ValueError("rate is no number")
    return Resolved({"name": name, **recipe}, dict(data))


class Notes:
    """Hears of every cell, and remembers it."""

    def __init__(self):
        self.heard = []

    def started(self, cell):
        self.heard.append(("started", cell.id))
        return f"run of {cell.id}"

    def finished(self, cell, run, summary):
        self.heard.append(("finished", cell.id))

    def failed(self, cell, run, error, *, interrupted):
        self.heard.append(("interrupted" if interrupted else "failed", cell.id))

    def lost(self, run):
        self.heard.append(("lost", run))

    def count(self, what):
        return sum(heard[0] == what for heard in self.heard)


def found(f1: float) -> Outcome:
    rows = [
        {"strategy": "slice", "split": split, "n": 4, "positive": 2, "f1": f1 - place / 10}
        for place, split in enumerate(("train", "val", "test"))
    ]
    table = pd.DataFrame({"image_id": ["a"], "split": ["test"]})
    return Outcome({"predictions": table}, {"scores": rows, "seconds": 1.0})


def train(cell, run) -> Outcome:
    """The better the higher the rate; the large one is better."""
    return found(0.5 + float(cell.point["rate"]) + (cell.recipe_name == "large") / 10)


def make_engine(folder: Path, settings=None, train=train, storage=None, **changes) -> Engine:
    settings = settings or make_settings()
    return Engine(
        settings=settings,
        study=open_study("test", storage, folder),
        planner=CellPlanner(settings, resolve, {"manifest_digest": "d"}),
        files=CellFiles(folder / "cells"),
        train=train,
        listener=changes.pop("listener", Notes()),
        lock=FileLock(folder / ".lock"),
        wait=0.05,
        **changes,
    )


def work_slowly(folder: str, number: str, seconds: str, storage: str = "") -> None:
    """A process of its own: notes each cell that it begins, and takes its time."""

    def slow(cell, run):
        with (Path(folder) / "begun.txt").open("a") as file:
            file.write(f"{number} {cell.id}\n")
        print(f"began {cell.id}", flush=True)  # noqa: T201
        time.sleep(float(seconds))
        return train(cell, run)

    make_engine(Path(folder), make_settings(seeds=[0, 1]), slow, storage or None).run()


def work_beside(
    folder: Path, name: str, seconds: float, storage: str = ""
) -> subprocess.Popen[str]:
    """Start `work_slowly` in a process of its own."""
    path = os.pathsep.join(sys.path)
    return subprocess.Popen(
        [sys.executable, __file__, str(folder), name, str(seconds), storage],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


if __name__ == "__main__":
    work_slowly(*sys.argv[1:])
