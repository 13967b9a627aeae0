"""What an evaluation takes after prediction: python tests/benchmarks/evaluation.py DATA_DIR RAW_DIR

Runs the evaluation pipeline on a data_dir with a trained classifier and prints each node's seconds,
loading and saving included, and their sum without prediction. Masks are read from RAW_DIR; all is
written to DATA_DIR, as an evaluation always does.
"""

import sys
import time
from pathlib import Path

from kedro.framework.hooks import hook_impl
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

PROJECT = Path(__file__).parents[2]

#: What is prediction itself: the classifier sees every image once.
PREDICTION = "predict_images"


class Clock:
    """A hook that notes when each node has been saved."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = 0.0

    @hook_impl
    def before_pipeline_run(self) -> None:
        self._last = time.perf_counter()

    @hook_impl
    def before_node_run(self, node) -> None:
        # Whatever passed since the last node ended is the loading of this one.
        self._name = node.name.rpartition(".")[2]
        self._charge()

    @hook_impl
    def after_node_run(self) -> None:
        self._charge()

    @hook_impl
    def after_dataset_saved(self) -> None:
        self._charge()

    def _charge(self) -> None:
        now = time.perf_counter()
        self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._last
        self._last = now


def measure(data_dir: str, raw_dir: str) -> dict[str, float]:
    """Seconds of every node of the evaluation."""
    bootstrap_project(PROJECT)
    clock = Clock()
    given = {"data_dir": data_dir, "raw_dir": raw_dir}
    places = {name: str(Path(path).resolve()) for name, path in given.items()}
    with KedroSession.create(PROJECT, runtime_params=places) as session:
        session._hook_manager.register(clock)
        session.run(pipeline_names=["evaluation"])
    return clock.seconds


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    taken = measure(*sys.argv[1:])
    for name, seconds in taken.items():
        sys.stdout.write(f"{seconds:8.1f} s  {name}\n")
    after = sum(seconds for name, seconds in taken.items() if name != PREDICTION)
    sys.stdout.write(f"{after:8.1f} s  all but prediction\n")
