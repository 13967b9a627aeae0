"""What the scores are called, and which way is better."""

from typing import NamedTuple


class Score(NamedTuple):
    """A score of all classes together.

    Attributes:
        title: What a reader calls it.
        lower: Whether lower is better.
        share: Whether it is a share of images.
    """

    title: str
    lower: bool = False
    share: bool = False


#: Scores of all classes together, in the order in which they are told.
SCORES = {
    "accuracy": Score("Accuracy", share=True),
    "balanced_accuracy": Score("Balanced accuracy"),
    "macro_f1": Score("Macro F1"),
    "weighted_f1": Score("Weighted F1"),
    "kappa": Score("Cohen's kappa"),
    "mcc": Score("Matthews correlation"),
    "auroc": Score("AUROC"),
    "average_precision": Score("Average precision"),
    "sensitivity_at_specificity": Score("Sensitivity at 95% specificity", share=True),
    "log_loss": Score("Log loss", lower=True),
    "brier": Score("Brier score", lower=True),
    "ece": Score("Calibration error", lower=True),
}

#: Scores of one class against the rest, by what a reader calls them.
CLASS_SCORES = {
    "recall": "Recall",
    "specificity": "Specificity",
    "precision": "Precision",
    "npv": "NPV",
    "f1": "F1",
    "auroc": "AUROC",
    "average_precision": "Average precision",
}

#: Those of them that are a share of images.
CLASS_SHARES = ("recall", "specificity", "precision", "npv")
