"""Parts of the page that Streamlit has no accessible element for, as plain HTML."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from brain_tumor_kedro.app.training_images import Neighbor
from brain_tumor_kedro.app.wording import begin
from brain_tumor_kedro.assessment.answer_summary import find_caution
from brain_tumor_kedro.assessment.formatting import format_probability, format_words
from brain_tumor_kedro.assessment.overlay import encode_png

#: What the probabilities are worth.
CALIBRATED = "Calibrated on validation images"
NOT_CALIBRATED = "Not calibrated: validation images gave no temperature"


def write_headline(row: Mapping[str, Any]) -> str:
    """Write the class and its probability as a sentence that a screen reader says by itself.

    Args:
        row: Of an answer, with a label.

    Returns:
        HTML; what needs a review does not stand out.
    """
    label = escape(format_words(row["label"]))
    share = format_probability(row[f"p_{row['label']}"])
    rest = f"with a probability of {share}"
    caution = find_caution(row)
    if caution:
        said = f"{begin(caution)}: the model says {label}, {rest}"
    else:
        said = f"<strong>{begin(label)}</strong>, {rest}"
    return f'<p class="headline" role="status">{said}</p>'


def write_probabilities(row: Mapping[str, Any], classes: Sequence[str], calibrated: bool) -> str:
    """Write the probabilities as a table whose numbers have bars, the most probable class first.

    Args:
        row: Of an answer, with `p_<class>`.
        classes: Of the classifier.
        calibrated: Whether a temperature was fitted, which the table says.

    Returns:
        HTML. The bars are for the eye alone: the numbers say the same.
    """
    order = sorted(classes, key=lambda label: -row[f"p_{label}"])
    lines = "".join(
        _probability(label, row[f"p_{label}"], label == row["label"]) for label in order
    )
    said = CALIBRATED if calibrated else NOT_CALIBRATED
    return (
        f'<table class="probabilities"><caption>{said}</caption>'
        '<thead><tr><th scope="col">Class</th><th scope="col">Probability</th></tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


def _probability(label: str, value: float, top: bool) -> str:
    return (
        f'<tr{" class=top" if top else ""}><th scope="row">{escape(format_words(label))}</th>'
        f'<td><span class="number">{format_probability(value)}</span>'
        '<span class="track" aria-hidden="true">'
        f'<span class="fill" style="width:{100 * value:.1f}%"></span></span></td></tr>'
    )


def write_facts(caption: str, facts: Iterable[tuple[str, str]]) -> str:
    """Write facts as a table of two columns.

    Args:
        caption: Of the table.
        facts: Names and values, plain text.

    Returns:
        HTML.
    """
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts
    )
    return (
        f'<table class="facts"><caption>{escape(caption)}</caption><tbody>{lines}</tbody></table>'
    )


def write_neighbors(neighbors: Sequence[Neighbor], phantom: bool) -> str:
    """Write training images as a list of figures.

    Args:
        neighbors: With their images.
        phantom: Whether they were generated.

    Returns:
        HTML.
    """
    kind = "Generated phantom" if phantom else "Training image"
    return f'<ol class="neighbors">{"".join(_figure(n, kind) for n in neighbors)}</ol>'


def _figure(neighbor: Neighbor, kind: str) -> str:
    if neighbor.image is None:
        return f"<li>{escape(neighbor.image_id)}, distance {neighbor.distance:.3g}</li>"
    data = base64.b64encode(encode_png(neighbor.image)).decode()
    said = f"{kind} of {format_words(neighbor.label)} from {neighbor.source}"
    return (
        f'<li><figure><img alt="{escape(said)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(format_words(neighbor.label))}, {escape(str(neighbor.source))}, "
        f"distance {neighbor.distance:.3g}<br>{escape(neighbor.image_id)}</figcaption>"
        "</figure></li>"
    )
