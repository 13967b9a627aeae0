from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from brain_tumor_kedro.assessment.promotion_settings import PromotionSettings


def test_the_configuration_says_the_defaults():
    path = Path(__file__).parents[2] / "conf" / "base" / "parameters_promotion.yml"
    assert PromotionSettings(**yaml.safe_load(path.read_text())["promotion"]) == PromotionSettings()


@pytest.mark.parametrize(
    "given",
    [
        {"rollback": "maybe"},
        {"across_manifests": 1},
        {"margin": -0.1},
        {"groups": 1},
        {"flagged": 0.05},
        {"version": 0},
        {"version": 10**30},
        {"guard_auroc": 2},
        {"rollback": True, "version": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(given):
    with pytest.raises(ValidationError):
        PromotionSettings(**given)
