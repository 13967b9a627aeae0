import threading
from itertools import count, islice

import pytest

from brain_tumor_kedro.serving.ahead import EACH, read_ahead


def spell(word):
    return iter(word)


@pytest.mark.parametrize("ahead", [1, 2, 50])
def test_results_come_in_order_however_many_an_item_has(ahead):
    words = ["first", "", "a", "x" * (3 * EACH), "last"] * 5

    assert "".join(read_ahead(spell, words, workers=3, ahead=ahead)) == "".join(words)


def test_no_more_is_begun_than_is_asked_for():
    begun = []

    def work(item):
        begun.append(item)
        yield item

    results = read_ahead(work, count(), workers=2, ahead=4)

    assert list(islice(results, 3)) == [0, 1, 2]
    results.close()
    assert len(begun) <= 3 + 4


def test_of_one_item_no_more_is_made_than_fits():
    made = []

    def work(item):
        for number in range(1000):
            made.append(number)
            yield number

    results = read_ahead(work, ["volume"], workers=1, ahead=1)

    assert next(results) == 0
    results.close()
    assert len(made) <= EACH + 3


def test_what_goes_wrong_is_raised_in_its_turn_and_stops_the_threads():
    def work(item):
        yield item
        if item == 2:
            raise RuntimeError("no more")

    results = read_ahead(work, count(), workers=2, ahead=3)

    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(RuntimeError, match="no more"):
        next(results)
    assert not [one for one in threading.enumerate() if one.name.startswith("reading")]


def test_an_interruption_leaves_no_threads():
    def endless(item):
        yield from count()

    results = read_ahead(endless, range(10), workers=2, ahead=5)
    next(results)

    results.close()

    assert not [one for one in threading.enumerate() if one.name.startswith("reading")]


def test_without_items_there_is_nothing():
    assert list(read_ahead(spell, [], workers=2, ahead=2)) == []
