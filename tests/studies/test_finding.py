from brain_tumor_kedro.studies.finding import VERDICTS, holds


def test_figures_decide_between_two_of_three_verdicts():
    assert (holds(True), holds(False)) == VERDICTS[:2]
