"""The page of an inference: what was answered, which images a person should look at, and why."""

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from brain_tumor_kedro.assessment.answer_summary import (
    GOOD,
    KINDS,
    find_caution,
    find_group,
    find_kinds,
    top_probability,
)
from brain_tumor_kedro.assessment.formatting import MISSING, format_probability, format_words
from brain_tumor_kedro.assessment.overlay import color_image, draw_overlay
from brain_tumor_kedro.assessment.pages import render_page

#: Chapters of the page and their titles.
CHAPTERS = {
    "summary": "In short",
    "images": "Images",
    "table": "All answers",
    "model": "The model",
    "limits": "Limits",
    "reproduce": "How to reproduce",
}

#: What the headings above pictures say of images that no person need look at.
CLEAR = "no reason for review was found"

#: Characters of a file's name that the page shows, from its end: it tells files apart.
LONGEST = 160

#: A path of a machine among the words of a command, up to the next value or option: a page that is
#: passed on says nothing of where its maker keeps data.
LOCAL = re.compile(
    r"(?<![^=\s'\"])(?:file:|~|[A-Za-z]:(?=[\\/]))?[\\/]"  # where a path begins
    r"[^,]*?(?=,|['\"]|\s+--?\w|$)"  # and how far it goes: names may hold spaces
)

#: How pictures are written into the page, and how strong the heat map is on them.
LOSSY = {"quality": 80, "method": 4}
OPACITY = 0.6

LIMITS = (
    "The classifier knows its classes and nothing else: whatever an image shows, it names one of "
    "them. The guard against foreign images knows those of training alone.",
    "Probabilities and prediction sets hold for images like those of validation. From another "
    "scanner, sequence or population they promise nothing.",
    "One slice is judged at a time, without the slices beside it, the patient's history or other "
    "sequences.",
    "A heat map says what spoke for the class that is named. It does not outline a tumor.",
    "Where no reason for review was found, an answer may still be wrong: the reasons find doubts, "
    "not mistakes.",
)


class Pictured(NamedTuple):
    """An answer with the image that it is about.

    Attributes:
        row: Of the table of answers.
        packed: `uint8` `(side, side)` or `(side, side, 3)`, what the classifier saw.
        heat_map: `(rows, columns)`, not negative; None where there is none.
    """

    row: Mapping[str, Any]
    packed: npt.NDArray[np.uint8]
    heat_map: np.ndarray | None


def render_answers(
    *,
    title: str,
    classes: Sequence[str],
    model: Mapping[str, Any],
    summary: Mapping[str, Any],
    pictured: Iterable[Pictured],
    rows: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
) -> str:
    """Render the page.

    Args:
        title: What the task is called.
        classes: Class labels in the order of the classifier's outputs.
        model: `facts` {what: which}, `phantom` (whether it was trained on phantoms),
            `calibrated` (whether its probabilities are), `level` (of the prediction sets),
            `answer_from` (or None), `colors` (what the colors of pictures mean; empty where gray).
        summary: See `AnswerCounts.summarize`.
        pictured: What is shown with pictures, those of a kind together.
        rows: What the table shows; the page says how many it leaves out.
        about: `created`, `command`, and `git_revision`.

    Returns:
        The page, UTF-8 text with all images inlined; no scripts, no links to the outside.
    """
    cards = [_make_card(one, classes, model["answer_from"]) for one in pictured]
    chapters = {key: name for key, name in CHAPTERS.items() if key != "images" or cards}
    return render_page(
        "answers.html.j2",
        title=title,
        chapters=chapters,
        classes=classes,
        model=model,
        counts=summary,
        summary={"phantom": model["phantom"]},
        kinds=KINDS,
        groups=_group_cards(cards),
        pictures=len(cards),
        mapped=any(card["overlay"] for card in cards),
        rows=[_write_row(row, model["answer_from"]) for row in rows],
        limits=LIMITS,
        **{**about, "command": hide_paths(about["command"])},
    )


def hide_paths(command: str) -> str:
    """Write a command so that it may be passed on.

    Args:
        command: As it was given.

    Returns:
        The same with the last folder in place of every absolute path, `DIR` where there is none.
    """
    return LOCAL.sub(lambda found: _last_name(found[0]), command)


def _last_name(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/ "))[-1] or "DIR"


def show_name(file: str, frame: int | None = None) -> str:
    """Write a file's name so that a reader sees all that is in it.

    Args:
        file: Relative path; any characters.
        frame: Number from 0 where the file holds several, else None.

    Returns:
        The name, what cannot be seen as an escape, and the beginning of a long one cut off; with
        the frame's number.
    """
    seen = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in file
    )
    short = seen if len(seen) <= LONGEST else f"…{seen[-LONGEST:]}"
    return short if frame is None else f"{short}, frame {frame}"


def _make_card(one: Pictured, classes: Sequence[str], answer_from: float | None) -> dict[str, Any]:
    row = one.row
    order = sorted(classes, key=lambda label: -float(row[f"p_{label}"]))
    map_ = one.heat_map
    return _write_row(row, answer_from) | {
        "kind": find_group(row, answer_from),
        "probabilities": {label: float(row[f"p_{label}"]) for label in order},
        "image": _embed(color_image(one.packed)),
        "overlay": None if map_ is None else _embed(draw_overlay(one.packed, map_, OPACITY)),
        "side": len(one.packed),
    }


def _group_cards(cards: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The cards by what their images are to be looked at for, the gravest first."""
    titles = KINDS | {GOOD: CLEAR}
    groups = {title: [c for c in cards if c["kind"] == kind] for kind, title in titles.items()}
    return {title: group for title, group in groups.items() if group}


def _write_row(row: Mapping[str, Any], answer_from: float | None) -> dict[str, Any]:
    answered = row["label"] is not None
    return {
        "name": show_name(row["file"], row["frame"]),
        "label": format_words(row["label"]) if answered else "no answer",
        "caution": find_caution(row) if answered else "",
        "share": format_probability(top_probability(row)) if answered else MISSING,
        "set": _write_set(row["prediction_set"]),
        "quality": format_words(row["quality"]),
        "foreign": _write_foreign(row),
        "review": row["needs_review"],
        "reason": row["reason"] or "",
        "kinds": find_kinds(row, answer_from),
    }


def _write_set(held: str | None) -> str:
    if held is None:
        return MISSING
    return ", ".join(map(format_words, held.split("|")))


def _write_foreign(row: Mapping[str, Any]) -> str:
    if row["out_of_distribution"] is None:
        return MISSING
    return "yes" if row["out_of_distribution"] else "no"


def _embed(pixels: npt.NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", **LOSSY)
    return base64.b64encode(buffer.getvalue()).decode()
