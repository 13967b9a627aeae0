"""Choosing what the model is shown: a file of one's own, frame by frame, or a phantom."""

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st
from streamlit import get_option

from brain_tumor_kedro.app.examples import draw_example
from brain_tumor_kedro.app.frames import NAME, READ, Frames, read_frames
from brain_tumor_kedro.app.known_model import KnownModel
from brain_tumor_kedro.app.wording import list_names
from brain_tumor_kedro.assessment.formatting import format_words
from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.sample.examples import drawable
from brain_tumor_kedro.serving.answers import Shown
from brain_tumor_kedro.tasks import TASKS

OWN, EXAMPLE = "A file of your own", "An example phantom"

#: What is said of a phantom that is shown to a model of real images.
FOREIGN = "The model was trained on real images: what it says of a phantom means nothing."


@dataclass(frozen=True)
class Chosen:
    """The image to look at.

    Attributes:
        key: The same for the same image.
        shown: Its pixels, under a name that tells nothing of the file.
        name: What it is called in a sentence.
    """

    key: Hashable
    shown: Shown
    name: str


def choose_image(model: KnownModel) -> Chosen | None:
    """Let somebody choose an image.

    Args:
        model: That is to look at it.

    Returns:
        The image; None where none is chosen yet, or none that can be read.
    """
    offers = [OWN, EXAMPLE] if drawable(model.bundle.task, model.bundle.task.classes) else [OWN]
    kind = st.radio("What to look at", offers, horizontal=True, key="kind")
    return _choose_example(model) if kind == EXAMPLE else _choose_file(model)


def _choose_example(model: KnownModel) -> Chosen:
    task = model.bundle.task
    label = st.radio(
        "Class of the phantom",
        drawable(task, task.classes),
        format_func=format_words,
        horizontal=True,
        key="example",
    )
    foreign = "" if model.bundle.facts.phantom else f" {FOREIGN}"
    st.write(f"A phantom is a generated image. It shows no patient.{foreign}")
    shown = Shown(NAME, None, _draw(task.name, label, model.bundle.facts.image_size))
    return Chosen((EXAMPLE, label), shown, f"The generated phantom ({format_words(label)})")


@st.cache_data(show_spinner=False, max_entries=32)
def _draw(task: str, label: str, side: int) -> Picture:
    return draw_example(TASKS[task], label, side)


def _choose_file(model: KnownModel) -> Chosen | None:
    channels = model.bundle.task.channels
    if channels:
        st.info(
            f"This model looks at {len(channels)} sequences of one slice at a time, "
            f"{list_names(channels)}. A single file does not hold them, so only phantoms can be "
            "shown to it here."
        )
        return None
    label = f"Image file, {READ}, of at most {get_option('server.maxUploadSize')} MB"
    file = st.file_uploader(label, key="file")
    if file is None:
        st.session_state.pop("frames", None)
        return None
    frames = _read(file.file_id, file.getvalue())
    if frames.problem:
        st.error(frames.problem)
    if not frames.shown:
        return None
    place = _choose_frame(len(frames.shown), file.file_id)
    name = "Your image" if len(frames.shown) == 1 else f"Frame {place} of your file"
    return Chosen((file.file_id, place), frames.shown[place], name)


def _read(file_id: str, content: bytes) -> Frames:
    """A file's frames, decoded once; the last file's alone are kept, for as long as it is shown."""
    known = st.session_state.get("frames")
    if known is None or known[0] != file_id:
        with st.spinner("Reading the file"):
            known = (file_id, read_frames(content))
        st.session_state["frames"] = known
    frames: Frames = known[1]
    return frames


def _choose_frame(number: int, file_id: str) -> int:
    """The number of a frame, from 0 as in tables of answers; the middle one to begin with."""
    if number == 1:
        return 0
    last = number - 1
    label = f"Frame, of {number}, counted from 0 to {last}"
    return int(st.slider(label, 0, last, last // 2, key=f"frame_{file_id}"))
