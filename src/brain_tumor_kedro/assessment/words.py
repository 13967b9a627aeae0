"""Words: what a report calls an image and a group of images, by the unit of a task's answer."""

from typing import NamedTuple


class Words(NamedTuple):
    """What a report calls things.

    Attributes:
        images: What the classifier is shown.
        groups: What is kept together in every split, and drawn for intervals.
        few: Those that hold most images where few do.
    """

    images: str
    groups: str
    few: str


#: By what one answer is about: a slice that stands for itself, or a patient with many slices.
WORDS = {
    "slice": Words("images", "groups of related images", "groups"),
    "patient": Words("slices", "patients", "patients"),
}
