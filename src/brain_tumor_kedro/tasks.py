"""The two tasks: what is told apart, on what unit, and which class counts as positive."""

from dataclasses import dataclass
from typing import Literal

#: Generated data carries this word in every image id, and so in every table and figure.
PHANTOM = "phantom"

#: The splits, in the order in which they are reported.
SPLITS = ("train", "val", "test")

#: Where the images of a held-out source lie: outside every split, and judged on like `test`.
EXTERNAL = "external"

#: Everything that predictions are scored on, in the order in which it is reported.
SCORED = (*SPLITS, EXTERNAL)


@dataclass(frozen=True)
class Task:
    """A classification task.

    Attributes:
        name: The task's namespace in the catalog and in the parameters.
        classes: Class labels in the order of the classifier's outputs.
        unit: What one prediction is about.
        positive: The labels that count as positive where two sides are compared.
        channels: What the channels of the images are; none where images are gray.
        prefix: What the names of its pipelines begin with.
        title: What a reader calls it.
    """

    name: str
    classes: tuple[str, ...]
    unit: Literal["slice", "patient"]
    positive: tuple[str, ...]
    channels: tuple[str, ...] = ()
    prefix: str = ""
    title: str = "Brain tumor classifier"


TUMOR_TYPE = Task(
    name="tumor_type",
    classes=("glioma", "meningioma", "pituitary", "no_tumor"),
    unit="slice",
    positive=("glioma", "meningioma", "pituitary"),
    title="Brain tumor type",
)

GLIOMA_GRADE = Task(
    name="glioma_grade",
    classes=("LGG", "HGG"),
    unit="patient",
    positive=("HGG",),
    channels=("T1CE", "T2", "FLAIR"),
    prefix="grading_",
    title="Glioma grade",
)

TASKS = {task.name: task for task in (TUMOR_TYPE, GLIOMA_GRADE)}


#: What a figure makes of three channels.
COLORS = ("red", "green", "blue")


def name_colors(task: Task) -> str:
    """What the colors of a picture mean: `red T1CE, green T2, blue FLAIR`; nothing where gray."""
    return ", ".join(map(" ".join, zip(COLORS, task.channels, strict=False)))


def note_data(phantom: bool) -> str:
    """What a figure must say of its data: a sentence for phantoms, nothing for real images."""
    return "Phantom data: generated images without clinical meaning" if phantom else ""
