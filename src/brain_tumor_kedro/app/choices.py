"""What a page is started with: where the data lie, and which registered model answers."""

import argparse
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from brain_tumor_kedro.tasks import TUMOR_TYPE

#: Where the registry lies below a `data_dir`, as conf/base/mlflow.yml has it.
REGISTRY = "mlflow/mlflow.db"

#: Looked through in this order where no `data_dir` is named: real data before phantoms.
DATA_DIRS = ("data", "data/sample")

#: Tried in this order where no model is named; a challenger passed no gate yet.
MODELS = tuple(
    f"models:/brain_tumor_{TUMOR_TYPE.name}@{alias}" for alias in ("champion", "challenger")
)

#: The stage of versions that were deleted, as MLflow's store marks them.
GONE = ("Deleted_Internal",)


@dataclass(frozen=True)
class Choices:
    """What a page is started with.

    Attributes:
        data_dir: The folder whose registry and training images are used.
        models: Of the registry, or folders of bundles; the first that there is answers.
    """

    data_dir: Path
    models: tuple[str, ...]

    @property
    def registry(self) -> str:
        """The tracking store of the data's own registry."""
        return f"sqlite:///{(self.data_dir / REGISTRY).absolute().as_posix()}"

    @property
    def has_registry(self) -> bool:
        """Whether something was registered there; MLflow would make an empty one otherwise."""
        return (self.data_dir / REGISTRY).is_file()


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Let a command take the choices."""
    parser.add_argument(
        "--data-dir",
        default="",
        help="folder of a run's results; by default data where the model is registered there, "
        "else data/sample",
    )
    parser.add_argument(
        "--model",
        default="",
        help=f"a registered model or a bundle's folder; by default {MODELS[0]}, else @challenger",
    )


def read_choices(arguments: Sequence[str]) -> Choices:
    """Read the choices from a command line.

    Args:
        arguments: Without the program's name; what is empty counts as not given.

    Returns:
        The choices, with defaults for what was not given.
    """
    parser = argparse.ArgumentParser(prog="brain_tumor_kedro.app")
    add_choices(parser)
    return make_choices(parser.parse_args(arguments))


def make_choices(parsed: argparse.Namespace) -> Choices:
    """The choices of a command line that was read, see `add_choices`."""
    models = (parsed.model,) if parsed.model else MODELS
    data_dir = Path(parsed.data_dir).expanduser() if parsed.data_dir else _find_data(models[0])
    return Choices(data_dir, models)


def _find_data(model: str) -> Path:
    there = [Path(place) for place in DATA_DIRS if _is_registered(model, Path(place) / REGISTRY)]
    return there[0] if there else Path(DATA_DIRS[-1])


def _is_registered(model: str, registry: Path) -> bool:
    """Whether a registry has a version of a model, or of any where a bundle's folder is named.

    A command that failed leaves a registry without one. Read as it lies, not through MLflow, which
    would take seconds, and make or change the file.
    """
    if not registry.is_file():
        return False
    match = re.match(r"models:/([^/@]+)", model)
    try:
        with closing(sqlite3.connect(f"{registry.absolute().as_uri()}?mode=ro", uri=True)) as known:
            rows = known.execute("SELECT name FROM model_versions WHERE current_stage != ?", GONE)
            return any(match is None or name == match[1] for (name,) in rows)
    except sqlite3.Error:
        return False
