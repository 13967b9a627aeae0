import io

import numpy as np

from brain_tumor_kedro.assessment.shortcut_figures import plot_masking, plot_shortcuts


def numbers() -> dict:
    def score(value: float) -> dict:
        return {"balanced": {"value": value, "low": None, "high": None}}

    told = {"within": None, "chance": 0.5, "accuracy": 0.7, "low": 0.6, "high": 0.8,
            "images": "every split"}  # fmt: skip
    return {
        "masking": {"chance": 0.25, "scores": {"whole": score(0.9), "head_removed": score(0.25)}},
        "probes": [
            told | {"target": "label", "basis": "border"},
            told | {"target": "label", "basis": "border", "within": "one"},
            told | {"target": "source", "basis": "label_alone", "images": "not trained on"},
            told | {"target": "source", "basis": "background", "accuracy": None},
        ],
    }


def test_what_was_measured_over_all_has_a_row():
    figure = plot_shortcuts(numbers(), "recipe x", "Phantom data")
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]

    assert rows == [
        "class, by the classifier, whole image",
        "class, by the classifier, head removed",
        "class, from the border",
        "source, from the class alone (not trained on)",
    ]
    figure.savefig(io.BytesIO())


def test_sources_may_have_different_numbers_of_images():
    image = np.full((20, 20), 100, np.uint8)
    masked = {"whole": image, "head_removed": image, "background_removed": image}
    figure = plot_masking({"one": [masked, masked], "two": [masked]}, "Phantom data")

    assert sum(len(axes.images) for axes in figure.axes) == 9
    assert figure.axes[1].images[0].get_array().max() == 255
    figure.savefig(io.BytesIO())
