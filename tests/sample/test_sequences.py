import numpy as np
import pytest

from brain_tumor_kedro.sample.brains import SHAPE, draw_brain
from brain_tumor_kedro.sample.gliomas import EDEMA, ENHANCING, draw_glioma
from brain_tumor_kedro.sample.sequences import scan_sequences


@pytest.fixture(scope="module")
def patient():
    rng = np.random.default_rng(0)
    brain = draw_brain(rng)
    glioma = draw_glioma("HGG", brain, rng)
    return brain, glioma, scan_sequences(brain, glioma, rng)


def test_volumes_are_stripped_of_the_skull(patient):
    brain, _, scans = patient

    assert list(scans) == ["t1", "t1ce", "t2", "flair"]
    for voxels in scans.values():
        assert (voxels.shape, voxels.dtype) == (SHAPE, np.int16)
        assert not voxels[~brain.inside].any()
        assert voxels.min() == 0
        assert 200 < voxels.max() < 32767


def test_tissues_and_tumor_are_as_bright_as_each_sequence_shows_them(patient):
    brain, glioma, scans = patient
    healthy = brain.inside & (glioma.labels == 0)

    def brightness(sequence: str, where: np.ndarray) -> float:
        return float(scans[sequence][where].mean())

    white, fluid = (healthy & (brain.tissues[name] > 0.8) for name in ("white", "fluid"))
    assert brightness("t1", white) > 1.5 * brightness("t1", fluid)
    assert brightness("t2", fluid) > 1.5 * brightness("t2", white)
    assert brightness("flair", fluid) < brightness("flair", white)
    edema, ring = (glioma.labels == label for label in (EDEMA, ENHANCING))
    assert brightness("flair", edema) > 1.3 * brightness("flair", white)
    assert brightness("t1ce", ring) > 1.2 * brightness("t1ce", white)
    assert brightness("t1", ring) < brightness("t1", white)


def test_the_grade_changes_the_tumor_and_nothing_else():
    brain = draw_brain(np.random.default_rng(3))
    one, other = (draw_glioma("HGG", brain, np.random.default_rng(seed)) for seed in (1, 2))
    away = brain.inside & (one.share(EDEMA) + other.share(EDEMA) == 0)
    away &= (one.labels == 0) & (other.labels == 0)

    first, second = (scan_sequences(brain, g, np.random.default_rng(4)) for g in (one, other))

    for sequence, voxels in first.items():
        differs = voxels[away] != second[sequence][away]
        assert differs.mean() < 0.05
