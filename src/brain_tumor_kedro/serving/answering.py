"""From a folder of files and a bundle to everything that an inference leaves."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.serving.answer_folder import AnswerFolder, Answers
from brain_tumor_kedro.serving.answers import Answer, Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.bundle import Bundle, BundleFacts
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.serving.reading import File, read_files


def answer_files(
    files: Iterable[File], bundle: Bundle, settings: InferenceSettings, page: Mapping[str, Any]
) -> AnswerFolder:
    """Make everything ready; nothing is read before the folder is gone through.

    Args:
        files: What is answered about; gone through lazily, and maybe more than once.
        bundle: What answers.
        settings: How.
        page: `title`, `model` and `about` of the page: see `answer_page.render_answers`.

    Raises:
        ValueError: Where the bundle has no prediction sets of that level.
    """
    plain = AnswerSettings(level=settings.level, batch_size=settings.batch_size)
    mapped = plain.model_copy(update={"heat_maps": True})
    mapper = Answerer(bundle, mapped)
    answerer = mapper if settings.heat_maps == "all" else Answerer(bundle, plain)

    def answer() -> Answers:
        # Closed at once where anything goes wrong: the threads would wait, and Python for them.
        read = read_files(files, answerer, settings.threads, settings.batch_size)
        with closing(read) as ready:
            yield from answerer.answer_ready(ready)

    def add_maps(answers: list[Answer]) -> Iterator[Answer]:
        return _add_maps(mapper, answers)

    return AnswerFolder(answer, add_maps, bundle.facts, settings, page)


def require_gray(facts: BundleFacts) -> None:
    """Stop where a model needs more than single gray images.

    Raises:
        ValueError: Says what it needs.
    """
    if facts.channels:
        raise ValueError(
            f"Expected a model of single gray images, found one of {facts.task}, which looks at "
            f"{len(facts.channels)} sequences of one slice together ({', '.join(facts.channels)}). "
            "Folders of such cases cannot be answered about yet: name a model of another task, or "
            "curate and evaluate the cases as a source."
        )


def _add_maps(mapper: Answerer, answers: list[Answer]) -> Iterator[Answer]:
    """Look again at what the classifier saw; a square is made ready as it is."""
    shown = (
        Shown(one.row["file"], one.row["frame"], Picture(one.packed, "L"))
        for one in answers
        if one.packed is not None
    )
    for answer, mapped in zip(answers, mapper.answer(shown), strict=True):
        yield replace(answer, heat_map=mapped.heat_map)
