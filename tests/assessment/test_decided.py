from brain_tumor_kedro.assessment.decided import pick_decided, say_decided


def test_the_chosen_strategy_is_picked_beside_always_saying_the_positive_class():
    def score(value):
        return {"value": value, "low": None, "high": None}

    rows = [
        {
            "level": level, "strategy": strategy,
            "accuracy": score(accuracy), "f1": score(0.9), "auroc": score(None),
        }
        for level, strategy, accuracy in (
            ("slice", "always_positive", 0.1),
            ("patient", "majority", 0.2),
            ("patient", "soft", 0.75),
            ("patient", "always_positive", 0.625),
        )
    ]  # fmt: skip
    patients = {
        "splits": [{"split": "test", "patients": 8, "rows": rows}],
        "settings": {"strategy": "soft"}, "baseline": "always_positive", "positive": "HGG",
    }  # fmt: skip

    found = pick_decided(patients)

    assert (found["n"], found["positive"], found["strategy"]) == (8, "HGG", "soft")
    assert found["own"]["accuracy"]["value"] == 0.75
    assert found["always"]["accuracy"]["value"] == 0.625
    assert pick_decided({}) == pick_decided({**patients, "splits": []}) == {}
    assert say_decided(patients) == (
        "Of 8 test patients (strategy soft): accuracy 0.750, F1 of HGG 0.900; always saying HGG "
        "would reach 0.625 and 0.900."
    )
    assert say_decided({}) == ""
