"""Settings of the decision by patient."""

from pydantic import BaseModel, ConfigDict, model_validator

from brain_tumor_kedro.assessment.aggregation import STRATEGIES, Aggregation
from brain_tumor_kedro.assessment.patient_reliability import DecisionRange


class PatientSettings(BaseModel):
    """How patients are judged.

    Attributes:
        strategy: What the findings speak of. It is chosen beforehand: the best of several on the
            test patients is better by chance alone.
        aggregation: How slices are put together.
        decisions: Thresholds of the decision curve.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: str = "soft"
    aggregation: Aggregation = Aggregation()
    decisions: DecisionRange = DecisionRange()

    @model_validator(mode="after")
    def _check_strategy(self) -> "PatientSettings":
        if self.strategy not in STRATEGIES:
            raise ValueError(
                f"Expected a strategy of {list(STRATEGIES)} to speak of, received "
                f"{self.strategy!r}. A learned one may be missing, for want of patients."
            )
        return self
