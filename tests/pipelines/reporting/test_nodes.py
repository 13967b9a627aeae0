import io

import pandas as pd
import pytest
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.captions import CAPTIONS, OF_THE_DATA
from brain_tumor_kedro.assessment.consistency import STAMP
from brain_tumor_kedro.pipelines.reporting import nodes
from run_facts import make_facts

NONE = pd.DataFrame()
CONFLICTS = pd.DataFrame({"manifest_digest": pd.Series(dtype=str), "conflict": []})


def stamped(stamp):
    buffer = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(buffer, format="png", metadata={STAMP: stamp})
    return buffer.getvalue()


def figures(**changes):
    facts = make_facts()
    digest, mine = facts["data"]["manifest_digest"], facts["training"]["fingerprint"]
    drawn = {name: stamped(digest if name in OF_THE_DATA else mine) for name in CAPTIONS}
    return drawn | changes


def write(**changes):
    arguments = {
        "run_facts": make_facts(),
        "themes": {},
        "metrics": {},
        "history": pd.DataFrame({"epoch": [0, 1, 2]}),
        "label_conflicts": CONFLICTS,
        "scores_table": pd.DataFrame(columns=["split", "predictor", "label", "metric"]),
        "previous_leakage": NONE,
        **figures(),
    }
    return nodes.write_report(**(arguments | changes))


def test_the_report_has_the_figures_of_data_and_training_and_no_folder():
    page = write()
    shown = [name for name in CAPTIONS if CAPTIONS[name] in page]
    assert {"sources", "augmentation", "training_curves"} <= set(shown)
    assert "9f2b6c1e9f2b6c1e" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confusion": stamped("another")}, "figure confusion is not of the present run"),
        ({"sources": stamped("another")}, "figure sources is not of the present run"),
        ({"history": pd.DataFrame({"epoch": [0]})}, "Expected a history of 3 epochs"),
        (
            {"label_conflicts": pd.DataFrame({"manifest_digest": ["another"], "conflict": [0]})},
            "table label_conflicts is not of the present run",
        ),
    ],
)
def test_what_is_of_another_run_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        write(**changes)


def test_parts_of_the_evaluation_of_another_classifier_are_refused(monkeypatch):
    compared = []
    monkeypatch.setattr(nodes, "require_same_scores", lambda *given: compared.append(given))
    facts = make_facts()
    mine = {"fingerprint": facts["training"]["fingerprint"], "findings": []}
    given = {
        "training_summary": facts["training"],
        "curation_summary": facts["data"],
        "metrics": {"test": {}},
        "scores_table": NONE,
        "registration": mine,
        "previous_leakage": NONE,
        "task": "tumor_type",
        "scores": mine,
    }
    assert list(nodes.gather_themes(**given)) == ["leakage", "scores"]
    assert compared == [({"test": {}}, NONE, mine)]
    for name in ("scores", "registration"):
        with pytest.raises(ValueError, match=f"part {name} is not of the present run"):
            nodes.gather_themes(**{**given, name: {**mine, "fingerprint": "another"}})


def test_the_card_and_the_checklists_are_of_the_same_run():
    card, checklists = nodes.write_card(make_facts())
    assert card.startswith("---\n")
    assert checklists.startswith("# Reporting checklists")
