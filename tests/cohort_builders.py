"""A small cohort as curation leaves it, for tests of its figures and pages."""

import numpy as np
import pandas as pd

from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.cohort_table import tabulate_cohort
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.same_patients import select_cases
from brain_tumor_kedro.imaging.slice_stack import inspect_cases, pack_slices
from brain_tumor_kedro.imaging.volumes import SliceSettings
from volume_builders import FakeCase, make_case

CLASSES = ("LGG", "HGG")


def curate(*cases: FakeCase) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Manifest, images and cohort; every third patient in test, every third in val."""
    settings = CohortSettings(), SliceSettings(), PackingSettings(size=32)
    described, stack, measures = inspect_cases(
        cases, frozenset(), CLASSES, *settings, ParallelSettings(workers=1)
    )
    selected, _ = select_cases(described, settings[0])
    case = selected["image_id"].str.partition("#")[0].where(selected["status"] == "kept")
    places = dict(enumerate(("train", "val", "test")))
    split = pd.Series(pd.factorize(case)[0] % 3, index=case.index).map(places).where(case.notna())
    images, manifest = pack_slices(selected.assign(group_id=case, split=split.astype("str")), stack)
    return manifest, images, tabulate_cohort(manifest, measures)


def make_cases(number: int = 6) -> list[FakeCase]:
    return [make_case(f"phantom_{n}", CLASSES[n % 2], tumor=(3, 5 + n % 4)) for n in range(number)]
