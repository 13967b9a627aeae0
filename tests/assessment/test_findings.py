import pytest

from brain_tumor_kedro.assessment.findings import collect_findings, pick_foremost


def test_warnings_come_first_and_themes_keep_their_order():
    themes = {
        "scores": {"findings": [{"level": "good", "text": "a"}, {"level": "warn", "text": "b"}]},
        "errors": {},
        "shortcuts": {"findings": [{"level": "note", "text": "c"}, {"level": "warn", "text": "d"}]},
    }
    found = collect_findings(themes)
    assert [finding["text"] for finding in found] == ["b", "d", "c", "a"]
    assert [finding["theme"] for finding in found] == ["scores", "shortcuts", "shortcuts", "scores"]
    assert found[0]["word"] == "Careful"


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="levels"):
        collect_findings({"scores": {"findings": [{"level": "bad", "text": "a"}]}})


def test_the_foremost_finding_is_the_first_warning():
    found = [{"level": level, "text": level + str(n)} for n, level in enumerate(["good", "note"])]
    assert pick_foremost(found)["text"] == "note1"
    warned = [*found, {"level": "warn", "text": "a"}, {"level": "warn", "text": "b"}]
    assert pick_foremost(warned)["text"] == "a"
    assert pick_foremost([]) is None
