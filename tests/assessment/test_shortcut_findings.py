import pytest

from brain_tumor_kedro.assessment.shortcut_findings import find_shortcuts


def score(value: float, spread: float | None = 0.05) -> dict:
    if spread is None:
        return {"value": value, "low": None, "high": None}
    return {"value": value, "low": value - spread, "high": value + spread}


def told(target: str, basis: str, accuracy: float | None, chance=0.25, within=None) -> dict:
    bounds = score(accuracy) if accuracy is not None else {"low": None, "high": None}
    return {"target": target, "basis": basis, "within": within, "chance": chance,
            "images": "every split", **bounds, "accuracy": accuracy}  # fmt: skip


def numbers(blind=0.25, inside=0.9, probes=(), entangled=None, spread=0.05, share=0.5) -> dict:
    scores = {"whole": 0.92, "head_removed": blind, "background_removed": inside}
    return {
        "masking": {
            "chance": 0.25,
            "scores": {
                name: {"balanced": score(v, spread), "commonest": {"label": "a_b", "share": share}}
                for name, v in scores.items()
            },
        },
        "probes": list(probes),
        "entangled": entangled or {},
    }


def levels(**changes) -> list[str]:
    return [finding["level"] for finding in find_shortcuts(numbers(**changes))]


@pytest.mark.parametrize(("blind", "level"), [(0.3, "good"), (0.38, "note"), (0.42, "warn")])
def test_knowing_without_the_head_is_warned_of_where_it_is_sure(blind, level):
    assert levels(blind=blind) == [level]


def test_an_answer_that_never_changes_is_named():
    assert "all of them “a b”" in find_shortcuts(numbers(share=1))[0]["text"]
    assert "all of them" not in find_shortcuts(numbers())[0]["text"]


@pytest.mark.parametrize("spread", [None, 0.6])
def test_what_may_be_chance_is_neither_a_warning_nor_good(spread):
    assert levels(blind=0.9, spread=spread) == ["note"]
    assert levels(blind=0.25, spread=spread) == ["note" if spread is None else "good"]


def test_test_images_of_one_class_leave_nothing_to_tell_apart():
    given = numbers(blind=0.0)
    given["masking"]["chance"] = 1.0
    assert [finding["level"] for finding in find_shortcuts(given)] == ["note"]


def test_the_head_alone_is_told_where_it_suffices():
    assert "with the head alone it names 90%" in find_shortcuts(numbers())[0]["text"]
    assert "the head alone" not in find_shortcuts(numbers(inside=0.7))[0]["text"]


def test_losing_the_background_is_noted():
    found = find_shortcuts(numbers(inside=0.7))
    assert [finding["level"] for finding in found] == ["good", "note"]
    assert "from 92% to 70%" in found[1]["text"]


def test_the_class_from_the_border_is_warned_of():
    probes = [told("label", "border", 0.5), told("label", "background", 0.3)]
    found = find_shortcuts(numbers(probes=probes))
    assert [finding["level"] for finding in found] == ["good", "warn"]
    assert "from the border of the image alone" in found[1]["text"]
    assert "50% (45% to 55%)" in found[1]["text"]


def test_the_class_from_nowhere_is_good():
    assert levels(probes=[told("label", "border", 0.3)]) == ["good", "good"]


def test_what_could_not_be_measured_is_not_judged():
    assert levels(probes=[told("label", "border", None), told("source", "border", None)]) == [
        "good"
    ]


def test_a_source_that_shows_is_noted_beyond_what_the_class_tells():
    alone = told("source", "label_alone", 0.6)
    assert levels(probes=[alone, told("source", "border", 0.7)]) == ["good", "good"]
    assert levels(probes=[alone, told("source", "border", 0.8)]) == ["good", "note"]
    within = told("source", "border", 0.8, chance=0.5, within="a")
    assert levels(probes=[alone, within]) == ["good", "note"]


def test_lacking_classes_are_a_warning_where_the_source_shows():
    entangled = {"one": ["a_b"]}
    shows = told("source", "border", 0.8)
    assert levels(entangled=entangled) == ["good", "note"]
    assert levels(entangled=entangled, probes=[shows]) == ["good", "note", "warn"]
    text = find_shortcuts(numbers(entangled=entangled))[1]["text"]
    assert "one lacks “a b”." in text
