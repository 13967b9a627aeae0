"""The linear probe: what the simplest classifier makes of features that nobody trained for it."""

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

#: Inverse strength of the L2 penalty, on standardized features.
REGULARIZATION = 0.01

#: Steps of the solver at most; the penalty lets it end long before.
MAX_ITERATIONS = 1000


def fit_probe(features: np.ndarray, labels: np.ndarray) -> Pipeline:
    """Fit multinomial logistic regression on standardized features.

    Alain and Bengio, "Understanding intermediate layers using linear classifier probes", ICLR
    workshop 2017.

    Args:
        features: Float, shape (n, features).
        labels: Index of the class, int, shape (n,); at least two classes.

    Returns:
        A fitted classifier with `classes_` and `predict_proba`.

    Raises:
        ValueError: There are fewer than two classes, or values that are not finite.
    """
    regression = LogisticRegression(C=REGULARIZATION, max_iter=MAX_ITERATIONS)
    # The solver's steps are so short that threads wait for each other: on two busy cores, two of
    # them took 13 s for what one does in half a second.
    with threadpool_limits(1):
        return make_pipeline(StandardScaler(), regression).fit(features, labels)


def probe_probabilities(
    probe: Pipeline, features: np.ndarray, classes: int
) -> npt.NDArray[np.float64]:
    """Predict with a probe, also where it was fitted without some of the classes.

    Args:
        probe: What `fit_probe` returned, fitted on indices below `classes`.
        features: Float, shape (n, features).
        classes: How many classes there are.

    Returns:
        Float64, shape (n, classes), rows sum to one; zero for a class the probe has never seen.
    """
    probabilities = np.zeros((len(features), classes))
    probabilities[:, probe.classes_] = probe.predict_proba(features)
    return probabilities
