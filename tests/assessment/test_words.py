from typing import get_args, get_type_hints

from brain_tumor_kedro.assessment.limits import OF_THE_DATA
from brain_tumor_kedro.assessment.words import WORDS
from brain_tumor_kedro.tasks import Task


def test_every_unit_of_a_task_has_words_and_limits():
    units = set(get_args(get_type_hints(Task)["unit"]))

    assert set(WORDS) == set(OF_THE_DATA) == units
