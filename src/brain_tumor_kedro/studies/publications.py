"""What a study has published, read from the files beside this module."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

PLACE = files("brain_tumor_kedro.studies.published")


@dataclass(frozen=True)
class Published:
    """The figures and the table of a study.

    Attributes:
        study: Its name.
        facts: Its figures, nested as in `published/<study>.yml`.
        table: Its table of results, as in `published/<study>.csv`; empty where it has none.
    """

    study: str
    facts: dict[str, Any]
    table: pd.DataFrame


def list_published() -> tuple[str, ...]:
    """Names of the studies whose figures are here, sorted."""
    return tuple(
        sorted(
            file.name.removesuffix(".yml") for file in PLACE.iterdir() if file.name.endswith(".yml")
        )
    )


def load_published(study: str) -> Published:
    """Read what a study has published.

    Args:
        study: Its name.

    Returns:
        Its figures and its table.

    Raises:
        ValueError: There is no such study.
    """
    known = list_published()
    if study not in known:
        raise ValueError(
            f"Expected one of the published studies {list(known)}, received {study!r}."
        )
    facts = yaml.safe_load(PLACE.joinpath(f"{study}.yml").read_text(encoding="utf-8"))
    rows = PLACE.joinpath(f"{study}.csv")
    if not rows.is_file():
        return Published(study, facts, pd.DataFrame())
    with rows.open(encoding="utf-8") as file:
        return Published(study, facts, pd.read_csv(file))


def find_published(study: str) -> Published | None:
    """What a study has published; None for one whose figures are not here, such as one's own."""
    return load_published(study) if study in list_published() else None
