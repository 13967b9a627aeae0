import numpy as np
import pytest

from brain_tumor_kedro.sample.brains import SHAPE, draw_brain
from brain_tumor_kedro.sample.gliomas import CORE, EDEMA, ENHANCING, Glioma, draw_glioma
from brain_tumor_kedro.tasks import GLIOMA_GRADE

SEEDS = range(16)


@pytest.fixture(scope="module")
def gliomas() -> dict[str, list[Glioma]]:
    drawn: dict[str, list[Glioma]] = {}
    for seed in SEEDS:
        for grade in GLIOMA_GRADE.classes:
            rng = np.random.default_rng(seed)
            drawn.setdefault(grade, []).append(draw_glioma(grade, draw_brain(rng), rng))
    return drawn


@pytest.mark.parametrize("grade", GLIOMA_GRADE.classes)
def test_tumors_lie_in_the_brain_and_show_on_several_slices(gliomas, grade: str):
    for seed, glioma in zip(SEEDS[:6], gliomas[grade], strict=False):
        brain = draw_brain(np.random.default_rng(seed))
        labels = glioma.labels
        assert (labels.shape, labels.dtype) == (SHAPE, np.uint8)
        assert set(np.unique(labels)) <= {0, CORE, EDEMA, ENHANCING}
        assert not labels[~brain.inside].any()
        assert 4 <= (labels > 0).any(axis=(0, 1)).sum() <= 20


def test_high_grade_takes_up_contrast_and_swells_more(gliomas):
    def mean(grade: str, what) -> float:
        return float(np.mean([what(glioma) for glioma in gliomas[grade]]))

    def enhancing(glioma: Glioma) -> float:
        return (glioma.labels == ENHANCING).sum() / (glioma.labels > 0).sum()

    def swollen(glioma: Glioma) -> float:
        return (glioma.labels == EDEMA).sum() / (glioma.labels > 0).sum()

    assert mean("HGG", enhancing) > 2 * mean("LGG", enhancing)
    assert mean("HGG", swollen) > mean("LGG", swollen)
    assert mean("HGG", lambda g: g.growth.necrotic) > mean("LGG", lambda g: g.growth.necrotic)


def test_some_of_each_grade_look_like_the_other(gliomas):
    faintest = min(glioma.growth.uptake for glioma in gliomas["HGG"])
    brightest = max(glioma.growth.uptake for glioma in gliomas["LGG"])

    assert faintest < brightest


def test_shares_are_soft_labels(gliomas):
    glioma = gliomas["HGG"][0]

    share = glioma.share(ENHANCING)

    assert 0 <= share.min() < share.max() <= 1
    assert share[glioma.labels == ENHANCING].mean() > 5 * share[glioma.labels == 0].mean()
    assert share.sum() == pytest.approx((glioma.labels == ENHANCING).sum(), rel=0.01)
