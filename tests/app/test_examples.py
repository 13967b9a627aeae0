import numpy as np
import pytest

from brain_tumor_kedro.app.examples import draw_example
from brain_tumor_kedro.imaging.content import find_fault
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE


@pytest.mark.parametrize("label", TUMOR_TYPE.classes)
def test_a_gray_example_is_what_curation_would_keep(label):
    picture = draw_example(TUMOR_TYPE, label, 64)

    assert picture.pixels.dtype == np.uint8
    assert find_fault(picture.pixels, picture.pixels) is None


@pytest.mark.parametrize("label", GLIOMA_GRADE.classes)
def test_an_example_of_several_sequences_has_a_channel_each(label):
    picture = draw_example(GLIOMA_GRADE, label, 48)

    assert picture.pixels.shape == (48, 48, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.max(axis=(0, 1)).tolist() == [255, 255, 255]
