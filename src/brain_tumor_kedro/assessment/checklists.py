"""Reporting checklists, filled from a run where it can be, and open where it cannot."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

#: The checklists, by the name of their file.
CHECKLISTS = ("tripod_ai", "claim")

#: What can be said of an item: the run answers it, the authors must add to it, or all is theirs.
STATES = ("filled", "partly", "open")


def fill_checklist(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the items of a checklist as far as a run can.

    Args:
        name: One of `CHECKLISTS`.
        facts: What is known of the run, see `facts.gather_facts`.

    Returns:
        `name`, `source`, `counts` {state: n} and `items`: {item, topic, state, answer, authors}. An
        answer that needs a fact the run does not have is left out, and the item stays open.
    """
    text = files(__package__).joinpath("checklists", f"{name}.yml").read_text("utf-8")
    checklist = yaml.safe_load(text)
    items = [_answer(item, facts) for item in checklist["items"]]
    counts = {state: sum(item["state"] == state for item in items) for state in STATES}
    return {
        "name": checklist["name"],
        "source": checklist["source"],
        "items": items,
        "counts": counts,
    }


def render_checklists(facts: Mapping[str, Any]) -> str:
    """Write all checklists down as Markdown.

    Args:
        facts: See `facts.gather_facts`.

    Returns:
        The text: a table per checklist.
    """
    return "\n".join(_lines(facts))


def _answer(item: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    answer, authors = _fill(item.get("answer", ""), facts), item.get("authors", "")
    if not answer:
        authors = authors or "The run left nothing that says it."
    state = "open" if not answer else "partly" if authors else "filled"
    return {**item, "answer": answer, "authors": authors, "state": state}


def _fill(template: str, facts: Mapping[str, Any]) -> str:
    environment = SandboxedEnvironment(undefined=StrictUndefined)  # Markdown: nothing to escape
    try:
        return " ".join(environment.from_string(template).render(facts).split())
    except (UndefinedError, TypeError, ValueError):  # a fact is not there, or None
        return ""


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "# Reporting checklists"
    yield ""
    if facts.get("phantom"):
        yield "**Phantom data: generated images without clinical meaning.**"
        yield ""
    yield (
        "What a run can say is filled in; the rest is open and left to the authors. The topics are "
        "in our words: the wording that counts is the source's."
    )
    for name in CHECKLISTS:
        checklist = fill_checklist(name, facts)
        counts = ", ".join(f"{n} {state}" for state, n in checklist["counts"].items())
        yield from ("", f"## {checklist['name']}", "", f"{checklist['source']}. Items: {counts}.")
        yield from ("", "| item | topic | state | from the run | for the authors |")
        yield "|---|---|---|---|---|"
        for item in checklist["items"]:
            cells = (item[key] for key in ("item", "topic", "state", "answer", "authors"))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
