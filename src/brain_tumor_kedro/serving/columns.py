"""The columns of an answer: what every table of answers has, wherever it comes from."""

from collections.abc import Sequence

#: The class that is named; null where there is no answer.
LABEL = "label"
#: Between the classes of a prediction set, the most probable first.
BETWEEN = "|"
#: `quality` of an image that curation would keep.
GOOD = "good"

#: Before the probabilities: which image.
FIRST = ("file", "frame", LABEL)
#: After the probabilities: what they are worth.
LAST = (
    "prediction_set",
    "quality",
    "out_of_distribution_score",
    "out_of_distribution",
    "needs_review",
    "reason",
)

#: Beside these where heat maps are asked for: a PNG of the image under its heat map, as base64.
HEAT_MAP = "heat_map"


def columns_of(classes: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of an answer.

    Args:
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        `file`, `frame` (number from 0 where a file holds several, else null), `label`;
        `p_<class>`, the probability (calibrated where the model's `temperature` is not 1), for
        every class; `prediction_set` (classes joined by `|`, never empty; null where validation
        was too small), `quality` (`good`, or why curation would not keep the image),
        `out_of_distribution_score` (higher is stranger), `out_of_distribution`, `needs_review` and
        `reason` (why, null where not).
    """
    return (*FIRST, *(f"p_{label}" for label in classes), *LAST)


def types_of(classes: Sequence[str]) -> dict[str, str]:
    """Name the type of each column, as MLflow's signatures call it.

    Args:
        classes: Class labels in the order of the classifier's outputs.

    Returns:
        By column, `heat_map` included.
    """
    others = {
        "frame": "long",
        "out_of_distribution_score": "double",
        "out_of_distribution": "boolean",
        "needs_review": "boolean",
        **{f"p_{label}": "double" for label in classes},
    }
    return {name: others.get(name, "string") for name in (*columns_of(classes), HEAT_MAP)}
