"""Which model answers, what it was trained on and how good it was."""

from collections.abc import Iterator, Mapping

import streamlit as st

from brain_tumor_kedro.app.fragments import write_facts
from brain_tumor_kedro.app.known_model import KnownModel
from brain_tumor_kedro.assessment.formatting import format_words, join_labels

#: Scores of the test split by their tags, the most telling first.
SCORES = {
    "test.patient.f1": "F1 on test patients",
    "test.accuracy": "Accuracy on test images",
    "test.macro_f1": "Macro F1 on test images",
}

#: What is said of a version that nobody promoted.
CHALLENGER = "challenger: no promotion made it champion yet"


def show_model(model: KnownModel) -> None:
    """Show the facts of a model."""
    st.html(write_facts("The model that answers", list_facts(model)))
    if model.number:
        st.write("It was loaded once. After a promotion start the page again.")


def list_facts(model: KnownModel) -> Iterator[tuple[str, str]]:
    """List what is known of a model.

    Args:
        model: From a registry or not.

    Yields:
        Names and values.
    """
    facts, alias = model.bundle.facts, model.uri.partition("@")[2]
    yield "Name", model.name or "not from a registry"
    if model.number:
        yield "Version", model.number
    if alias:
        yield "Alias", CHALLENGER if alias == "challenger" else alias
    yield "Tells apart", join_labels(facts.classes)
    yield "Trained on", "phantoms (generated images)" if facts.phantom else "real images"
    yield from _list_scores(model.tags or {})
    yield "Split", f"by {format_words(facts.split_strategy)}"
    yield "Recipe", facts.recipe_name
    yield "Made", facts.created
    yield "Code", facts.git_revision or "unknown"
    yield "Manifest", facts.manifest_digest


def _list_scores(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for tag, name in SCORES.items():
        if tag in tags:
            ends = [tags.get(f"{tag}.{end}") for end in ("low", "high")]
            low, high = (f"{float(end):.3f}" if end else "?" for end in ends)
            interval = f" (95% interval {low} to {high})" if all(ends) else ""
            yield name, f"{float(tags[tag]):.3f}{interval}"
