import pandas as pd

from brain_tumor_kedro.assessment.version_facts import list_version_facts, shorten_card
from contenders import contend, make_guard

TRAINING = {
    "recipe_name": "tiny", "manifest_digest": "d", "fingerprint": "f", "seed": 3, "phantom": True,
    "git_revision": "abc", "temperature": {"note": "too few"}, "recipe": {"left": "out"},
}  # fmt: skip
GUARD = make_guard(0.01)
CURATION = {"split_strategy": "image", "crossings": {"relative": 2, "patient": 1}}


def test_scores_come_with_the_ends_of_their_intervals():
    facts = list_version_facts(TRAINING, CURATION, contend(wrong=9).evidence.scores, GUARD)

    assert float(facts["val.accuracy"]) == 0.9
    assert float(facts["val.accuracy.low"]) < 0.9 < float(facts["val.accuracy.high"])
    assert {"test.macro_f1", "val.macro_f1.low", "test.balanced_accuracy.high", "test.ece"} <= set(
        facts
    )
    assert (facts["val.images"], facts["val.groups"]) == ("90", "30")
    assert (facts["val.flagged"], facts["test.flagged.high"]) == ("0.01", "0.5")
    assert (facts["split_strategy"], facts["crossings"]) == ("image", "3")
    assert (facts["phantom"], facts["seed"], facts["calibrated"]) == ("True", "3", "False")
    assert not any("recall" in name or name == "recipe" for name in facts)


def test_what_has_no_interval_has_no_ends():
    facts = list_version_facts(TRAINING, CURATION, contend(groups=1).evidence.scores, GUARD)

    assert "val.macro_f1" in facts
    assert "val.macro_f1.low" not in facts


def test_patients_are_told_by_the_strategy_that_decides():
    rows = [
        ("patient", "soft", "test", "f1", 0.9, 0.8, 1.0),
        ("patient", "majority", "test", "f1", 0.1, 0.0, 0.2),
        ("slice", "slice", "test", "f1", 0.5, 0.4, 0.6),
    ]
    columns = ["level", "strategy", "split", "metric", "value", "low", "high"]
    scores = contend().evidence.scores
    facts = list_version_facts(
        TRAINING, CURATION, scores, GUARD, pd.DataFrame(rows, columns=columns)
    )

    told = {name: value for name, value in facts.items() if ".patient." in name}
    assert told == {
        "test.patient.f1": "0.9",
        "test.patient.f1.low": "0.8",
        "test.patient.f1.high": "1.0",
    }


CARD = "---\ntags:\n- mri\n---\n\n# Card\n\nFirst words.\n\n## Second\n\nMore words.\n"


def test_a_card_that_fits_is_told_whole_without_its_header():
    assert shorten_card(CARD, "there") == "# Card\n\nFirst words.\n\n## Second\n\nMore words."


def test_a_long_card_ends_with_a_whole_paragraph_and_where_the_rest_is():
    cut = shorten_card(CARD + "Many words. " * 20, "there", longest=90)

    assert cut == "# Card\n\nFirst words.\n\n*Cut here. The whole card: there*"


def test_a_card_of_one_long_paragraph_is_cut_all_the_same():
    cut = shorten_card("x" * 9000, "there")
    assert len(cut) <= 5000
    assert cut.endswith("there*")
