import pytest

from brain_tumor_kedro.serving.model_facts import describe_model, name_version
from brain_tumor_kedro.tasks import GLIOMA_GRADE
from bundles import make_bundle

TAGS = {"test.accuracy": "0.9364", "test.accuracy.low": "0.91", "test.accuracy.high": "0.955"}


def describe(registered=None, level=0.9, guarded=True, task=None, **changes):
    facts = (make_bundle(task, **changes) if task else make_bundle(**changes)).facts
    return describe_model(facts, level, guarded, registered or {})


def test_a_registered_version_tells_its_score_with_the_interval():
    facts = describe({"name": "m", "number": "3", "tags": TAGS})["facts"]

    assert (facts["Model"], facts["Version"]) == ("m", "3")
    assert facts["Test accuracy"] == "93.6% (95%: 91.0% to 95.5%)"


@pytest.mark.parametrize("tags", [{}, {"test_accuracy": "0.5"}])
def test_what_nobody_knows_is_left_out(tags):
    facts = describe({"tags": tags})["facts"]

    assert "Model" not in facts
    assert facts.get("Test accuracy") == ("50.0%" if tags else None)


def test_a_score_of_patients_comes_before_one_of_slices():
    facts = describe({"tags": TAGS | {"test.patient.accuracy": "0.8"}})["facts"]

    assert facts["Test accuracy, by patient"] == "80.0%"
    assert "Test accuracy" not in facts


def test_phantoms_a_missing_guard_and_missing_thresholds_are_told():
    known = describe(guarded=False, quantiles={}, answer_from=None)

    assert known["phantom"]
    assert known["facts"]["Trained on"].startswith("phantoms")
    assert known["facts"]["Guard"] == known["facts"]["Prediction sets"] == "none"
    assert known["facts"]["Sure enough from"] == "unknown"
    assert describe(phantom=False)["facts"]["Trained on"] == "real images"


def test_colors_are_those_of_the_sequences():
    assert describe()["colors"] == ""
    assert describe(task=GLIOMA_GRADE)["colors"] == "red T1CE, green T2, blue FLAIR"


def test_a_model_without_a_temperature_is_not_called_calibrated():
    fitted, none = (describe(temperature=value) for value in (0.7, 1.0))

    assert fitted["facts"]["Calibration"] == "temperature 0.700, on validation images"
    assert none["facts"]["Calibration"].startswith("none")
    assert (fitted["calibrated"], none["calibrated"]) == (True, False)


@pytest.mark.parametrize("asked", ["models:/m@champion", "models:/m/latest", "models:/m/3"])
def test_the_command_names_the_version_that_answered(asked):
    facts = {"Model": "m", "Version": "3"}
    command = f"kedro run --params input=a,model={asked},inference.level=0.9"

    said = name_version(command, facts)

    assert said == "kedro run --params input=a,model=models:/m/3,inference.level=0.9"
    assert name_version(command, {}) == command
    assert name_version(command, {**facts, "Model": "other"}) == command
