"""Everything that an inference leaves: tables, heat maps and a page, made as they are written."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from brain_tumor_kedro.assessment.answer_page import Pictured, render_answers
from brain_tumor_kedro.assessment.answer_summary import AnswerCounts
from brain_tumor_kedro.assessment.overlay import draw_overlay, encode_png
from brain_tumor_kedro.serving.ahead import read_ahead
from brain_tumor_kedro.serving.answer_tables import CSV, PARQUET, AnswerTables
from brain_tumor_kedro.serving.answers import Answer
from brain_tumor_kedro.serving.bundle import BundleFacts
from brain_tumor_kedro.serving.heat_map_names import name_heat_map
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.serving.shelf import Shelf

PAGE, SUMMARY = "page.html", "summary.json"

Answers = Generator[Answer, None, None]

#: How strong heat maps are where they are strongest.
OPACITY = 0.6


@dataclass(frozen=True)
class AnswerFolder:
    """What an inference leaves; going through it answers about the images.

    Attributes:
        answers: Starts answering, in order of the files.
        add_maps: Adds heat maps to answers.
        facts: Of what answers.
        settings: How.
        page: Everything else that `render_answers` takes.
    """

    answers: Callable[[], Answers]
    add_maps: Callable[[list[Answer]], Iterator[Answer]]
    facts: BundleFacts
    settings: InferenceSettings
    page: Mapping[str, Any]

    def __iter__(self) -> Generator[tuple[str, bytes | Path], None, None]:
        """Every file as its path below the folder, and its bytes or a file that holds them."""
        counts = AnswerCounts(self.facts.classes, self.facts.answer_from)
        shelf = Shelf(self._kept, self.facts.answer_from)
        rows = _Rows(self.settings.page_rows)
        with TemporaryDirectory() as folder:
            with AnswerTables(Path(folder), self.facts.classes) as tables:
                for answer, png in self._answer():
                    for one in (tables, counts, rows):
                        one.add(answer.row)
                    shelf.add(answer)
                    if png is not None:
                        yield _name(answer), png
            for name in (PARQUET, CSV):
                yield name, Path(folder) / name
        chosen = self._map_chosen(shelf)
        for answer in shelf.choose(self.settings.mapped):
            yield _name(answer), _draw(chosen[_name(answer)])
        summary = counts.summarize()
        yield SUMMARY, f"{json.dumps(summary, indent=2)}\n".encode()
        shown = [chosen[_name(answer)] for answer in shelf.choose(self.settings.page_images)]
        yield PAGE, self._render(summary, shown, rows.choose()).encode()

    @property
    def _kept(self) -> int:
        return max(self.settings.mapped, self.settings.page_images)

    def _answer(self) -> Iterator[tuple[Answer, bytes | None]]:
        """The answers, each with its heat map as a PNG where all get one."""
        with closing(self.answers()) as answers:
            if self.settings.heat_maps != "all":
                yield from ((answer, None) for answer in answers)
                return
            # Drawing takes longer than answering: it is done in threads.
            work = self.settings
            yield from read_ahead(_draw_beside, answers, work.threads, work.batch_size)

    def _map_chosen(self, shelf: Shelf) -> dict[str, Answer]:
        """What the shelf holds, by the names of heat maps, with them unless none are wanted."""
        chosen = shelf.choose(self._kept)
        if self.settings.mapped:
            chosen = list(self.add_maps(chosen))
        return {_name(answer): answer for answer in chosen}

    def _render(
        self, summary: Mapping[str, Any], shown: Iterable[Answer], rows: list[Mapping[str, Any]]
    ) -> str:
        pictured = (Pictured(one.row, _packed(one), one.heat_map) for one in shown)
        classes = self.facts.classes
        return render_answers(
            classes=classes, summary=summary, pictured=pictured, rows=rows, **self.page
        )


class _Rows:
    """The rows that the page shows: those that need review first, of each sort the first ones."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._review: list[Mapping[str, Any]] = []
        self._clear: list[Mapping[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        own = self._review if row["needs_review"] else self._clear
        if len(own) < self._size:
            own.append(row)

    def choose(self) -> list[Mapping[str, Any]]:
        return (self._review + self._clear)[: self._size]


def _name(answer: Answer) -> str:
    return name_heat_map(answer.row["file"], answer.row["frame"])


def _draw_beside(answer: Answer) -> Iterator[tuple[Answer, bytes | None]]:
    yield answer, None if answer.heat_map is None else _draw(answer)


def _draw(answer: Answer) -> bytes:
    if answer.heat_map is None:
        raise ValueError(f"Expected a heat map of {answer.row['file']}, found none.")
    return encode_png(draw_overlay(_packed(answer), answer.heat_map, OPACITY))


def _packed(answer: Answer) -> np.ndarray:
    if answer.packed is None:
        raise ValueError(f"Expected an image that can be read, found {answer.row['file']}.")
    return answer.packed
