import pytest

from brain_tumor_kedro.assessment.limits import OF_SLICES, list_limits


@pytest.mark.parametrize(("unit", "named"), [("slice", True), ("patient", False)])
def test_limits_of_other_data_are_not_listed(unit, named):
    limits = list_limits(unit)

    assert limits[0].startswith("For research only.")
    assert (set(OF_SLICES) <= set(limits)) is named
    assert any("Kaggle" in text for text in limits) is named
    assert any("BraTS" in text for text in limits) is not named
