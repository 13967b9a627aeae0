import numpy as np
import pytest

from answered import make_row, make_unreadable, review
from brain_tumor_kedro.serving.answers import Answer
from brain_tumor_kedro.serving.shelf import SLACK, Shelf

PACKED = np.zeros((2, 2), np.uint8)


def shelve(rows, size, answer_from=0.6):
    shelf = Shelf(size, answer_from)
    for row in rows:
        shelf.add(Answer(row, PACKED, None, np.ones(3)))
    return shelf


def names(shelf, size):
    return [answer.row["file"] for answer in shelf.choose(size)]


STRANGE = [
    make_row(f"strange{n}", out_of_distribution=True, out_of_distribution_score=n, **review())
    for n in range(4)
]
UNSURE = [make_row(f"unsure{n}", p=0.59 - n / 100, **review()) for n in range(4)]
CLEAR = [make_row(f"clear{n}", p=0.9 - n / 100) for n in range(4)]


def test_those_that_need_review_come_first_and_the_most_urgent_of_each_kind():
    shelf = shelve([*CLEAR, *UNSURE, *STRANGE], 10)

    assert names(shelf, 4) == ["strange3", "strange2", "unsure3", "unsure2"]
    assert names(shelf, 9) == [
        *(f"strange{n}" for n in (3, 2, 1, 0)), *(f"unsure{n}" for n in (3, 2, 1, 0)), "clear3",
    ]  # fmt: skip


def test_a_kind_without_many_leaves_its_places_to_others():
    shelf = shelve([STRANGE[0], *UNSURE, *CLEAR], 4)

    assert names(shelf, 4) == ["strange0", "unsure3", "unsure2", "unsure1"]


def test_blank_frames_take_no_places_from_others_that_need_a_look():
    blank = [make_row(f"blank{n}", quality="blank", out_of_distribution=True,
                      out_of_distribution_score=9, **review()) for n in range(4)]  # fmt: skip
    shelf = shelve([*CLEAR, *blank, *UNSURE, *STRANGE], 10)

    kinds = [name.rstrip("0123456789") for name in names(shelf, 10)]
    assert kinds == [*["strange"] * 4, *["unsure"] * 4, *["blank"] * 2]
    assert names(shelf, 3) == ["strange3", "strange2", "unsure3"]


@pytest.mark.parametrize("size", [1, 7, 20])
def test_what_is_dropped_on_the_way_changes_nothing(size):
    rng = np.random.default_rng(0)
    rows = []
    for n in range(600):
        kind = rng.choice(["strange", "unsure", "clear"], p=[0.02, 0.3, 0.68])
        score, p = rng.random(), rng.uniform(0.5, 1)
        extra = {} if kind == "clear" else review(out_of_distribution=kind == "strange")
        rows.append(make_row(f"{n}", p=p, out_of_distribution_score=score, **extra))
    few, all_ = shelve(rows, size, 1.1), shelve(rows, len(rows), 1.1)

    assert names(few, size) == names(all_, size)
    assert sum(map(len, few._kinds.values())) < 2 * size + SLACK


def test_what_cannot_be_read_or_is_not_wanted_is_not_kept():
    shelf = Shelf(5, 0.6)
    shelf.add(Answer(make_unreadable(), None, None, None))

    assert shelf.choose(5) == []
    assert shelve(CLEAR, 0).choose(0) == []


def test_features_are_let_go():
    (kept,) = shelve(CLEAR[:1], 1).choose(1)

    assert kept.features is None
    assert kept.packed is PACKED
