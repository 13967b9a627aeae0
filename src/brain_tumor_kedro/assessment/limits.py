"""Limits: what a reader must not conclude, a sentence or two each."""

from brain_tumor_kedro.assessment.cohort_report import LIMITS as OF_VOLUMES

#: What stands wherever an answer or a classifier is given away.
FOR_RESEARCH = (
    "For research only. This is not a medical device and must not be used to diagnose anybody."
)

#: What holds for every data set of single slices made here.
OF_SLICES = (
    "The images are single slices that others selected; a clinic sees whole volumes, other "
    "scanners and other diseases.",
    "The Kaggle collections publish no patient ids. Their groups rest on similarity alone, so "
    "slices of one patient that look different may still lie in different splits.",
    "A copy that was changed beyond what the search undoes, such as one turned by other than right "
    "angles, sheared or cut to a part, can be missed and lie in another split.",
)

#: The limits of the data, by what one answer is about.
OF_THE_DATA = {"slice": OF_SLICES, "patient": OF_VOLUMES}


def list_limits(unit: str) -> tuple[str, ...]:
    """List what holds for every classifier made here.

    Args:
        unit: What one answer is about, `slice` or `patient`.

    Returns:
        The sentences.
    """
    return (
        FOR_RESEARCH,
        *OF_THE_DATA[unit],
        "One split and one training run: the intervals say how the scores would vary with other "
        "patients of these collections, not with another training seed, split or hospital.",
    )
