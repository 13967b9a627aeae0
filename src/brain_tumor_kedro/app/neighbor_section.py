"""The training images that are most like an image, of the class that the model says."""

import streamlit as st

from brain_tumor_kedro.app.fragments import write_neighbors
from brain_tumor_kedro.app.known_model import KnownModel
from brain_tumor_kedro.app.training_images import find_neighbors
from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.serving.answers import Answer


def show_neighbors(model: KnownModel, answer: Answer) -> None:
    """Show the nearest training images.

    Args:
        model: That was trained on them.
        answer: With features and a class; nothing is shown without.
    """
    guard, label = model.bundle.guard, answer.row["label"]
    if guard is None or label is None or answer.features is None:
        return
    st.header(f"Nearest training images of {format_words(label)}", anchor=False)
    if model.training is None:
        st.write(
            "They are not at hand: the data that this model was trained on "
            f"(manifest {model.bundle.facts.manifest_digest}) are not below the folder that the "
            "page was started with. Name it: make app DATA_DIR=…"
        )
        return
    near = find_neighbors(guard, answer.features, label, model.training)
    if near:
        st.write("Distances are cosine distances of features: 0 is the same, 2 the opposite.")
        st.html(write_neighbors(near, model.bundle.facts.phantom))
    else:
        st.write("There is none of this class.")
