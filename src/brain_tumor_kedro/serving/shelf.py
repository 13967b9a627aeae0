"""The answers that a person should look at first, of any number, in little memory."""

from dataclasses import replace
from itertools import chain, islice, zip_longest

from brain_tumor_kedro.assessment.answer_summary import GOOD, KINDS, find_group, top_probability
from brain_tumor_kedro.serving.answers import Answer

#: How little it needs a look, its number, and the answer.
Entry = tuple[float, int, Answer]

#: Answers over twice the size that are let in before the less urgent are dropped.
SLACK = 64


class Shelf:
    """Keeps the most urgent answers of every kind, about as many of each."""

    def __init__(self, size: int, answer_from: float | None) -> None:
        """Begin empty.

        Args:
            size: Answers that are kept.
            answer_from: The least top probability of an answer that no person need look at.
        """
        self._size, self._answer_from = size, answer_from
        self._kinds: dict[str, list[Entry]] = {k: [] for k in (*KINDS, GOOD)}
        self._seen = self._kept = 0

    def add(self, answer: Answer) -> None:
        """Look at an answer; one without an image is not kept."""
        if not self._size or answer.packed is None:
            return
        kind = find_group(answer.row, self._answer_from)
        # The number breaks ties: answers cannot be compared.
        entry = (_calm(answer, kind), self._seen, replace(answer, features=None))
        self._kinds[kind].append(entry)
        self._seen, self._kept = self._seen + 1, self._kept + 1
        if self._kept >= 2 * self._size + SLACK:
            # Whatever comes later takes places away and gives none back.
            self._kinds = self._choose(self._size)
            self._kept = self._size

    def choose(self, size: int) -> list[Answer]:
        """Choose answers: as many of each kind that needs review as there are, then others.

        Args:
            size: How many, at most; no more than are kept.

        Returns:
            Those of the gravest kind first, the most urgent of a kind first.
        """
        chosen = self._choose(size)
        return [answer for entries in chosen.values() for _, _, answer in entries]

    def _choose(self, size: int) -> dict[str, list[Entry]]:
        ordered = {kind: sorted(entries)[:size] for kind, entries in self._kinds.items()}
        # A volume has many blank frames: they take no places from others that need a look.
        *grave, blank, good = ordered.values()
        in_turn = (entry for entry in chain(*zip_longest(*grave)) if entry is not None)
        numbers = {number for _, number, _ in islice(chain(in_turn, blank, good), size)}
        return {
            kind: [entry for entry in entries if entry[1] in numbers]
            for kind, entries in ordered.items()
        }


def _calm(answer: Answer, kind: str) -> float:
    """How little an answer needs a look, among those of its kind."""
    if kind == "foreign":
        return -float(answer.row["out_of_distribution_score"])
    return top_probability(answer.row)
