from brain_tumor_kedro.assessment.robustness_findings import find_weaknesses, name_corruption


def scores(*accuracy: float, spread: float = 0.02) -> dict:
    loss = [0.9 - value for value in accuracy]
    return {
        "severity": [1, 2, 3, 4, 5],
        "accuracy": list(accuracy),
        "loss": loss,
        "loss_low": [value - spread for value in loss],
        "loss_high": [value + spread for value in loss],
    }


def judge(**corruptions: dict) -> list[dict]:
    return find_weaknesses({"clean": {"accuracy": 0.9}, "corruptions": corruptions})


def test_what_breaks_it_early_is_warned_of():
    (finding,) = judge(noise=scores(0.88, 0.7, 0.6, 0.5, 0.4))
    assert finding["level"] == "warn"
    assert finding["text"] == (
        "Even mild noise (severity 2 of 5) lowers the mean recall from 90% to 70% (by 20 points, "
        "95% interval 18 to 22)."
    )


def test_an_uncertain_loss_is_no_warning_but_a_late_one_is_noted():
    (finding,) = judge(contrast=scores(0.75, 0.75, 0.6, 0.5, 0.4, spread=0.2))
    assert finding["level"] == "note"
    assert "Strong loss of contrast (severity 5 of 5)" in finding["text"]
    assert finding["text"].endswith("; at severity 2 it is 75%.")


def test_what_does_no_harm_is_said_once():
    (finding,) = judge(blur=scores(0.9, 0.9, 0.9, 0.9, 0.86), shift=scores(0.9, 0.9, 0.9, 0.9, 0.9))
    assert finding["level"] == "good"
    assert finding["text"].endswith("blur and shift; on so few images, up to 6 points cannot be "
                                    "ruled out.")  # fmt: skip
    (sure,) = judge(blur=scores(0.9, 0.9, 0.9, 0.9, 0.9))
    assert sure["text"].endswith("is done by blur.")


def test_what_lies_between_is_not_mentioned():
    assert judge(jpeg=scores(0.88, 0.88, 0.85, 0.84, 0.8)) == []


def test_an_unknown_spread_is_no_warning():
    found = judge(
        noise=scores(0.5, 0.5, 0.5, 0.5, 0.5) | dict.fromkeys(("loss_low", "loss_high"), [None] * 5)
    )
    assert [finding["level"] for finding in found] == ["note"]


def test_names_are_words():
    assert name_corruption("bias_field") == "bias field"
    assert name_corruption("jpeg") == "JPEG compression"


def test_what_has_no_interval_is_not_praised():
    few = scores(*[0.9] * 5) | {"loss_low": [None] * 5, "loss_high": [None] * 5}
    (finding,) = judge(blur=few)
    assert finding["level"] == "note"
    assert finding["text"].endswith("blur; on so few groups of images, that may be chance.")
