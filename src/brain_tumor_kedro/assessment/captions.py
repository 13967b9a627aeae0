"""Captions: what every figure of the report shows, in a sentence or two."""

from collections.abc import Collection

from brain_tumor_kedro.assessment import cohort_report, curation_report

#: Figures of the data.
OF_THE_DATA = curation_report.CAPTIONS

#: Figures of the data where these are volumes.
OF_THE_COHORT = cohort_report.CAPTIONS

#: Figures of the training.
OF_THE_TRAINING = {
    "augmentation": (
        "Training images as they are packed, and as training may show them: each view is drawn "
        "anew, through the layers that stood before the classifier while it was trained."
    ),
    "training_curves": (
        "Loss and metrics of every epoch; a dotted line marks a new phase. Precision and recall "
        "are over all classes together, of predictions above one half; F1 is the mean over classes."
    ),
}

#: The curves where one class is the positive one.
CURVES_OF_ONE = (
    "Loss and metrics of every epoch; a dotted line marks a new phase. Precision and recall are of "
    "the positive class, of predictions above one half; F1 is shown of that class, and as the mean "
    "over classes."
)

#: Figures of the results.
OF_THE_RESULTS = {
    "scores": "Scores by split with their 95% intervals: the classifier and the baselines.",
    "confusion": "Test split: what each class was taken for, as counts and as fractions.",
    "roc": "Test split: each class against the rest.",
}

#: Figures of calibration and decisions.
OF_THE_CALIBRATION = {
    "reliability": (
        "Test split: points on the dotted line are as often right as they are said to be, points "
        "above more often, below less. Bars are 95% intervals over groups; neighboring bins are "
        "merged until they hold 10 images. Below, how many images are as sure."
    ),
    "class_reliability": (
        "Test split: of the images of which a class is said to be so probable, how many are of it; "
        "before and after temperature scaling."
    ),
    "decision_curve": (
        "Test split: true positives less false alarms, these weighed by the odds of the threshold. "
        "Acting on the classifier is worthwhile where its curve is above both others, and beyond "
        "chance where its band is: the 95% interval, over groups, of its advantage over the better "
        "of them. Thresholds from 5 to 50% are shaded. The share of positives is that of the "
        "collection, not of a clinic, unless a prevalence is named."
    ),
    "conformal": (
        "Test split: how often prediction sets hold the true class, and how many classes they "
        "hold, by method and true class. The dotted line is what was asked for. Bars are 95% "
        "intervals over groups."
    ),
    "abstention": (
        "Test split: accuracy of the answers where only the surest images are answered. The black "
        "point answers from the confidence on that was chosen on validation."
    ),
}

#: Figures of where the classifier looks.
OF_THE_EXPLANATION = {
    "where_it_looks": (
        "Test images with an outlined tumor, by class: how often the strongest point of a map lies "
        "on the tumor, and which share of the map does; Grad-CAM and occlusion against the middle "
        "of the head and chance, with 95% intervals over groups."
    ),
    "explanations_right": (
        "Right predictions: the image, Grad-CAM and occlusion; the line is the tumor's outline."
    ),
    "explanations_wrong": (
        "Wrong predictions, the surest first: the image, Grad-CAM and occlusion of what was "
        "predicted; the line is the tumor's outline."
    ),
}

#: Figures of robustness and of shortcuts.
OF_THE_ROBUSTNESS = {
    "corruptions": (
        "Accuracy on a sample of the test split as images get worse, one panel a corruption: all "
        "classes and each. Severity 0 is the image as it is."
    ),
    "corruption_examples": "One slice under every corruption, from mild to severe.",
    "shortcuts": (
        "How well source and class can be told from what should not matter, with 95% intervals, "
        "and what guessing would reach."
    ),
    "masking": (
        "Test images of every source: whole, without the head (shown brighter), and without the "
        "background."
    ),
}

#: Figures of mistakes and of doubtful labels.
OF_THE_ERRORS = {
    "error_gallery": (
        "The most confident mistakes, each beside the training images that the classifier finds "
        "most alike."
    ),
    "label_issues": "The most doubtful labels, with what both judges suggest instead.",
    "near_neighbors": (
        "Evaluated images, each beside the training image that is most like it, the most alike "
        "pairs first."
    ),
}

#: Figures of the guard against foreign images.
OF_THE_GUARD = {
    "guard_scores": (
        "How far images lie from the training images, kind by kind: a dot each, the black stroke "
        "is the median. Whatever lies to the right of the dashed line is flagged."
    ),
    "guard_examples": (
        "Images that the guard was tried on, as the classifier saw them, with their score and the "
        "class that they would be taken for; each says whether it is flagged or passes."
    ),
}

#: Figures of decisions by patient, where the unit of the task is the patient.
OF_THE_PATIENTS = {
    "patient_scores": (
        "Test patients: every score by strategy, with 95% intervals over patients. The dashed line "
        "is what always saying the positive class scores on the same patients; the lowest row is "
        "of single slices, which that line is not about."
    ),
    "patient_calibration": (
        "Test patients: of those with about such a probability, how many are positive, by "
        "strategy. Bins hold about as many patients each, the number below each point; bars are "
        "95% intervals. With fewer than ten patients there is nothing to draw."
    ),
    "patient_decision_curve": (
        "Test patients: true positives less false alarms, these weighed by the odds of the "
        "threshold, by strategy. A strategy is worthwhile where its curve is above both others, "
        "and beyond chance where its band is: the 95% interval of its advantage over the better of "
        "calling all patients positive and none. The share of positives is that of the "
        "collection, not of a clinic."
    ),
}

#: The figure of the price of leakage, which is drawn from its table.
LEAKAGE = "Accuracy of the same classifier under the protocols that studies use."

#: Figures that the pipelines of the training and of the evaluation draw.
OF_THE_CLASSIFIER = {
    **OF_THE_TRAINING,
    **OF_THE_RESULTS,
    **OF_THE_CALIBRATION,
    **OF_THE_EXPLANATION,
    **OF_THE_ROBUSTNESS,
    **OF_THE_ERRORS,
    **OF_THE_GUARD,
}

#: Figures that the report reads, by name.
CAPTIONS = OF_THE_DATA | OF_THE_CLASSIFIER | OF_THE_PATIENTS


def caption_curves(columns: Collection[str]) -> str:
    """Say whose the training curves are.

    Args:
        columns: Of the history, see `plots.plot_training_curves`.

    Returns:
        The caption of the training curves.
    """
    return CURVES_OF_ONE if "f1_positive" in columns else OF_THE_TRAINING["training_curves"]


#: Figures of a study, in the order in which its page shows them.
OF_A_STUDY = {
    "scores": (
        "Scores of every model and strategy. A deeper blue is a higher score; "
        "what is above the same answer for all is bold, by F1, or of several classes by accuracy."
    ),
    "strategies": (
        "F1 by strategy: a thin line for every model, the thick one is their mean. The dashed line "
        "is the same answer for all: the positive class, or of several classes the most frequent."
    ),
    "strategy_ranks": (
        "Strategies by their mean rank over the models. Those that a bar on the right joins are "
        "not shown to differ (Nemenyi's test at 5%)."
    ),
    "model_ranks": (
        "Models by their mean rank over folds and seeds, strategies averaged. Those that a bar on "
        "the right joins are not shown to differ (Nemenyi's test at 5%)."
    ),
    "parameters": (
        "F1 against the parameters of the classifier, on a logarithmic scale; the dashed line is "
        "the same answer for all."
    ),
    "times": "How long each cell took; the bar is the mean of a model's cells.",
}
