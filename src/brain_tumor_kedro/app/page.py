"""The page from top to bottom: an image in, everything the model can say of it out."""

from collections.abc import Hashable
from pathlib import Path

import streamlit as st

from brain_tumor_kedro.app.answer_section import show_answer
from brain_tumor_kedro.app.choices import Choices
from brain_tumor_kedro.app.image_section import Chosen, choose_image
from brain_tumor_kedro.app.known_model import KnownModel, NoModelError, load_model
from brain_tumor_kedro.app.model_section import show_model
from brain_tumor_kedro.app.neighbor_section import show_neighbors
from brain_tumor_kedro.serving.answers import Answer

TITLE = "Brain tumor classifier"
NOTICE = "For research only. Not a medical device: no decision about a person may rest on it."
STYLE = Path(__file__).with_name("style.css")


def show_page(choices: Choices) -> None:
    """Show the page.

    Args:
        choices: What it was started with.
    """
    st.set_page_config(page_title=TITLE, layout="wide", menu_items={})
    st.html(STYLE)
    with st.container(key="notice"):
        st.html(f'<p class="notice" role="note">{NOTICE}</p>')
    try:
        model = _load(choices)
    except Exception as error:  # a tracking server fails in many ways; nobody showed an image yet
        st.title(TITLE, anchor=False)
        said = "" if isinstance(error, NoModelError) else "The model cannot be loaded. "
        st.error(f"{said}{error}")
        return
    _show_parts(model)


@st.cache_resource(
    show_spinner="Loading the model. The first time this takes about ten seconds.", max_entries=1
)
def _load(choices: Choices) -> KnownModel:
    return load_model(choices)


def _show_parts(model: KnownModel) -> None:
    st.title(model.bundle.task.title, anchor=False)
    st.write(
        "Show the model one image and see what it says. The image stays in the memory of the "
        "computer that this page runs on: it is not written, noted or sent anywhere."
    )
    if model.bundle.task.unit != "slice":
        st.write(f"An answer here is about one slice, not about a {model.bundle.task.unit}.")
    if model.bundle.facts.phantom:
        st.info(
            "This model was trained on phantoms: generated images without clinical meaning. What "
            "it says of a real image means nothing."
        )
    st.header("Image", anchor=False)
    chosen = choose_image(model)
    answer = _ask(model, chosen) if chosen else None
    if chosen and answer:
        st.header("Answer", anchor=False)
        show_answer(model, chosen, answer)
        show_neighbors(model, answer)
    st.header("Model", anchor=False)
    show_model(model)


def _ask(model: KnownModel, chosen: Chosen) -> Answer | None:
    """The answer about an image, kept for as long as that image is looked at."""
    known: tuple[Hashable, Answer] | None = st.session_state.get("answered")
    if known is None or known[0] != chosen.key:
        try:
            with st.spinner("Looking at the image"):
                known = (chosen.key, model.answer(chosen.shown))
        except Exception as error:
            # The text of an error may quote the image, which nobody may see in a log.
            st.error(f"The model failed at this image ({type(error).__name__}). Choose another.")
            return None
        st.session_state["answered"] = known
    return known[1]
