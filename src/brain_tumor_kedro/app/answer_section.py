"""What the model says of an image, beside a picture of where it looked."""

import streamlit as st

from brain_tumor_kedro.app.fragments import write_headline, write_probabilities
from brain_tumor_kedro.app.image_section import Chosen
from brain_tumor_kedro.app.known_model import KnownModel
from brain_tumor_kedro.app.wording import (
    say_guard,
    say_place,
    say_set,
    split_reasons,
)
from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.assessment.overlay import color_image, draw_overlay, encode_png
from brain_tumor_kedro.serving.answers import Answer
from brain_tumor_kedro.tasks import name_colors


def show_answer(model: KnownModel, chosen: Chosen, answer: Answer) -> None:
    """Show an answer.

    Args:
        model: Whose it is.
        chosen: What it is about.
        answer: With what the classifier saw, and the heat map; a row without a label says why.
    """
    if answer.row["label"] is None:
        st.error("The model gives no answer. " + ". ".join(split_reasons(answer.row)) + ".")
        return
    _say_class(answer)
    left, right = st.columns(2, gap="large")
    with left:
        _look(model, chosen, answer)
    with right:
        _say_more(model, answer)


def _say_class(answer: Answer) -> None:
    """First of all, and also on a narrow screen: the class, and whether to believe it."""
    if answer.row["needs_review"]:
        reasons = "\n".join(f"- {reason}" for reason in split_reasons(answer.row))
        st.warning(f"A person has to review this:\n{reasons}")
    st.html(write_headline(answer.row))
    if not answer.row["needs_review"]:
        st.write("No reason was found for a review by a person.")


def _say_more(model: KnownModel, answer: Answer) -> None:
    row, guard = answer.row, model.bundle.guard
    st.subheader("Probabilities", anchor=False)
    st.html(write_probabilities(row, model.bundle.task.classes, model.bundle.facts.calibrated))
    st.subheader("Prediction set", anchor=False)
    st.write(say_set(row, model.settings.level))
    st.subheader("Like the training images?", anchor=False)
    st.write(say_guard(row, guard.threshold if guard else None))


@st.fragment
def _look(model: KnownModel, chosen: Chosen, answer: Answer) -> None:
    """The picture alone is drawn anew when the slider moves."""
    if answer.packed is None:
        return
    st.subheader("What the model saw", anchor=False)
    if answer.heat_map is None:
        _draw(model, chosen, encode_png(color_image(answer.packed)), "")
        return
    place = st.empty()
    percent = st.slider("Opacity of the heat map, %", 0, 100, 50, 5, key="opacity")
    label = format_words(answer.row["label"])
    picture = draw_overlay(answer.packed, answer.heat_map, percent / 100)
    with place.container():
        said = f" with a heat map over it at {percent}% opacity, {say_place(answer.heat_map)}"
        _draw(model, chosen, encode_png(picture), said)
    st.write(
        f"The heat map (Grad-CAM) is brightest where the image spoke most for {label}. It shows "
        "what the model used, not where a tumor ends."
    )


def _draw(model: KnownModel, chosen: Chosen, png: bytes, said: str) -> None:
    side = model.bundle.facts.image_size
    colors = name_colors(model.bundle.task)
    alt = f"{chosen.name} as the model saw it, {side} by {side} pixels{said}."
    alt += f" Colors: {colors}." if colors else ""
    st.image(png, width="stretch", output_format="PNG", alt=alt)
    if colors:
        st.write(f"Colors of the image: {colors}")
