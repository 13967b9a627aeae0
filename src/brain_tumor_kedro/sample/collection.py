"""The collection under construction: every file, what it shows and what it is called."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brain_tumor_kedro.sample.pictures import decode, to_gray

Split = Literal["Training", "Testing"]


@dataclass(frozen=True)
class KaggleSet:
    """How one published data set names its folders and files.

    Attributes:
        name: The data set's folder.
        folders: Folder of each class.
        pattern: File name without its ending.
    """

    name: str
    folders: dict[str, str]
    pattern: str

    def path(self, split: Split, label: str, number: int, suffix: str) -> str:
        """Name a file, relative to the folder that holds the data sets."""
        stem = self.pattern.format(split=split[:2], label=label[:2], number=number)
        return f"{self.name}/{split}/{self.folders.get(label, label)}/{stem}{suffix}"


ALPHA = KaggleSet(
    name="phantom_alpha",
    folders={
        "glioma": "glioma_tumor",
        "meningioma": "meningioma_tumor",
        "no_tumor": "no_tumor",
        "pituitary": "pituitary_tumor",
    },
    pattern="{label}-{number:04d}",
)
BETA = KaggleSet(
    name="phantom_beta",
    folders={
        "glioma": "glioma",
        "meningioma": "meningioma",
        "no_tumor": "notumor",
        "pituitary": "pituitary",
    },
    pattern="{split}-{label}_{number:04d}",
)


@dataclass(frozen=True)
class FigshareSlice:
    """What one Figshare `.mat` file holds, as a viewer sees it: rows first, not transposed.

    Attributes:
        patient_id: The patient.
        label: 1 meningioma, 2 glioma, 3 pituitary.
        image: int16 (512, 512), 0 to about 4000.
        border: float64 (2 * points,): x1, y1, x2, y2, … in pixels, 0 the center of the first.
        mask: uint8 (512, 512), 1 inside the tumor.
    """

    patient_id: str
    label: int
    image: NDArray[np.int16]
    border: NDArray[np.float64]
    mask: NDArray[np.uint8]


@dataclass(frozen=True)
class File:
    """A file of the collection and the truth about it.

    Attributes:
        image_id: `figshare/<name>` or `kaggle/<path>`.
        dataset: `figshare` or the Kaggle data set's folder.
        split: The published split; None for Figshare.
        label: The label its folder claims.
        slice_id: The slice it shows; None where it shows none of the phantoms.
        patient_id: The patient; None where it shows none.
        content: A Figshare slice, or a picture file's bytes.
    """

    image_id: str
    dataset: str
    split: Split | None
    label: str
    slice_id: str | None
    patient_id: str | None
    content: FigshareSlice | bytes

    @property
    def suffix(self) -> str:
        """The file name's ending."""
        return "." + self.image_id.rsplit(".", 1)[-1]

    def gray(self) -> NDArray[np.uint8]:
        """Read the pixels, uint8 (height, width)."""
        if isinstance(self.content, bytes):
            return decode(self.content)
        return to_gray(self.content.image)


@dataclass
class Collection:
    """All files so far, in the order in which they were made."""

    files: list[File] = field(default_factory=list)

    def add_figshare(self, content: FigshareSlice, label: str, slice_id: str) -> File:
        """Add a slice to the Figshare source under the next number."""
        image_id = f"figshare/phantom_{len(self.of('figshare')) + 1}.mat"
        file = File(image_id, "figshare", None, label, slice_id, content.patient_id, content)
        self.files.append(file)
        return file

    def add_picture(
        self,
        home: KaggleSet,
        split: Split,
        label: str,
        content: bytes,
        suffix: str,
        shows: tuple[str | None, str | None] = (None, None),
    ) -> File:
        """Add a picture to a data set under the next number of its class.

        Args:
            home: The data set.
            split: The published split.
            label: The class whose folder it goes to.
            content: The file's bytes.
            suffix: The file name's ending.
            shows: Slice and patient that it shows.

        Returns:
            The new file.
        """
        number = sum(file.label == label for file in self.of(home.name)) + 1
        image_id = f"kaggle/{home.path(split, label, number, suffix)}"
        file = File(image_id, home.name, split, label, *shows, content)
        self.files.append(file)
        return file

    def of(self, dataset: str, split: Split | None = None) -> list[File]:
        """List the files of a data set, or of one of its splits."""
        return [
            file for file in self.files if file.dataset == dataset and split in (None, file.split)
        ]
