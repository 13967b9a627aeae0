"""The model card: what a classifier is, how good it is and what it is not for, as Markdown."""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader

from brain_tumor_kedro.assessment.formatting import format_number

#: What the template of Hugging Face has where nothing is known.
NEEDED = "[More Information Needed]"


def render_model_card(facts: Mapping[str, Any]) -> str:
    """Write the model card of a run, with the fields of Hugging Face's template.

    Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.

    Args:
        facts: See `facts.gather_facts`.

    Returns:
        Markdown with a YAML header; what a run cannot know is marked as needed.
    """
    environment = Environment(  # noqa: S701  # Markdown, not HTML
        loader=PackageLoader(__package__), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=format_number, literal=_quote_markup)
    return environment.get_template("model_card.md.j2").render(facts, needed=NEEDED).strip() + "\n"


def _quote_markup(text: str) -> str:
    """Let the names of files be read as they are, whatever Markdown or HTML would make of them."""
    return re.sub(r"([\\`*<\[\]])", r"\\\1", " ".join(text.split()))
