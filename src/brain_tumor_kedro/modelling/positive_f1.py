"""F1 of the positive class, which two classes of unequal weight are judged by."""

from typing import Any

import keras


class PositiveF1(keras.metrics.F1Score):  # type: ignore[misc]  # Keras has no types
    """F1 of one class over all images of an epoch, as scikit-learn's `f1_score` with `pos_label`.

    It is 0 where no image is predicted positive, and where none is. A tie goes to the class that
    comes first, as it does wherever predictions are made. Sorensen 1948, Dice 1945; van Rijsbergen,
    Information Retrieval, 1979.

    Example:
        >>> metric = PositiveF1(1)
        >>> metric.update_state([[1, 0], [0, 1]], [[0.4, 0.6], [0.2, 0.8]])
        >>> round(float(metric.result()), 3)
        0.667
    """

    def __init__(self, positive: int, *, name: str = "f1_positive", **kwargs: Any) -> None:
        """Name the class.

        Args:
            positive: Its place among the classes.
            name: What epochs log it as.
            kwargs: As for any metric of Keras.
        """
        super().__init__(average=None, name=name, **kwargs)
        self._positive = positive

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch: one-hot classes and probabilities, each `(n, classes)`."""
        likeliest = keras.ops.argmax(y_pred, axis=-1)
        chosen = keras.ops.one_hot(likeliest, y_pred.shape[-1], dtype=self.dtype)
        super().update_state(y_true, chosen, sample_weight)

    def result(self) -> Any:
        """Return the F1 of what was counted so far, a scalar."""
        counts = (self.true_positives, self.false_positives, self.false_negatives)
        found, wrong, missed = (count[self._positive] for count in counts)
        return keras.ops.divide_no_nan(2 * found, 2 * found + wrong + missed)
