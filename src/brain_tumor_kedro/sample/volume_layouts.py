"""How the years of BraTS name folders and files."""

from dataclasses import dataclass

from brain_tumor_kedro.tasks import PHANTOM

#: Sequences and segmentation, as the years 2017 to 2021 name them.
SEQUENCES = ("t1", "t1ce", "t2", "flair", "seg")


@dataclass(frozen=True)
class Layout:
    """The names of one year.

    Attributes:
        root: The year's folder, below the source's.
        graded: Whether folders named after the grades lie between that and the cases.
        case: Name of a case, by its `number`.
        names: What the year calls each of `SEQUENCES`.
        column: The year's column in `name_mapping.csv`.
    """

    root: str
    case: str
    names: tuple[str, ...]
    column: str
    graded: bool = False

    def name_folder(self, number: int, grade: str) -> str:
        """Name a case's folder, relative to the source's."""
        above = f"{self.root}/{grade}" if self.graded else self.root
        return f"{above}/{self.name_case(number)}"

    def name_case(self, number: int) -> str:
        """Name a case."""
        return self.case.format(number=number)

    def name_file(self, number: int, sequence: str) -> str:
        """Name a case's file of one of `SEQUENCES`, without its ending."""
        separator = "-" if "-" in self.case else "_"
        return separator.join((self.name_case(number), self.names[SEQUENCES.index(sequence)]))


BRATS_2018 = Layout(
    root=f"{PHANTOM}_BraTS2018",
    case="Brats18_PHANTOM_{number:03d}_1",
    names=SEQUENCES,
    column="BraTS_2018_subject_ID",
    graded=True,
)
BRATS_2020 = Layout(
    root=f"{PHANTOM}_BraTS2020",
    case="BraTS20_Training_{number:03d}",
    names=SEQUENCES,
    column="BraTS_2020_subject_ID",
)
BRATS_2023 = Layout(
    root=f"{PHANTOM}_BraTS2023",
    case="BraTS-GLI-{number:05d}-000",
    names=("t1n", "t1c", "t2w", "t2f", "seg"),
    column="BraTS_2023_subject_ID",
)
