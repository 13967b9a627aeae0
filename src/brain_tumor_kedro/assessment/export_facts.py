"""What goes with an exported classifier: facts for programs, and a page for people."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader

from brain_tumor_kedro.assessment.limits import FOR_RESEARCH
from brain_tumor_kedro.tasks import Task, note_data

#: Of the training's summary.
KEPT = ("recipe_name", "fingerprint", "manifest_digest", "phantom", "git_revision", "created")


def state_facts(training_summary: Mapping[str, Any], task: Task, side: int) -> dict[str, Any]:
    """Say what a classifier is, in the same words in every format.

    Args:
        training_summary: What its training left.
        task: What it tells apart.
        side: Of the packed squares that it was trained and judged on, in pixels.

    Returns:
        What JSON can hold; the same for the same classifier.
    """
    shape = ["batch", "height", "width", *([len(task.channels)] if task.channels else [])]
    return {
        "title": task.title,
        "use": FOR_RESEARCH,
        "data": note_data(training_summary["phantom"]) or "Public collections",
        "task": task.name,
        "classes": list(task.classes),
        "channels": list(task.channels),
        "unit": task.unit,
        "input": {"name": "images", "dtype": "uint8", "shape": shape, "trained_side": side},
        "output": {
            "name": "probabilities",
            "dtype": "float32",
            "shape": ["batch", len(task.classes)],
        },
        "temperature": training_summary["temperature"]["value"],
        **{name: training_summary[name] for name in KEPT},
    }


def list_files(
    contents: Mapping[Any, Mapping[str, bytes]], table: pd.DataFrame, facts: Mapping[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """List the files of a folder of exports.

    Args:
        contents: By format, its files by their paths.
        table: A row for each format: `format`, `delivered`, `reason` and what was measured.
        facts: As `state_facts` makes them.

    Yields:
        Paths and contents: what is delivered, `model.json`, `README.md`, and checksums last.
    """
    rows = json.loads(table.to_json(orient="records"))
    given = [row["format"] for row in rows if row["delivered"] and row["format"] in contents]
    files = {name: content for kind in given for name, content in contents[kind].items()}
    files["model.json"] = json.dumps({**facts, "formats": rows}, indent=2).encode()
    files["README.md"] = _render(rows, facts).encode()
    yield from files.items()
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    yield "SHA256SUMS", "".join(sums).encode()


def _render(rows: list[dict[str, Any]], facts: Mapping[str, Any]) -> str:
    environment = Environment(  # noqa: S701  # Markdown, not HTML
        loader=PackageLoader(__package__), trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("exported.md.j2")
    given = [row["format"] for row in rows if row["delivered"]]
    return template.render(rows=rows, facts=facts, given=given).strip() + "\n"
