import numpy as np
import pytest

from brain_tumor_kedro.sample.examples import (
    SIZE,
    draw_example_slice,
    draw_example_volumes,
    drawable,
)
from brain_tumor_kedro.tasks import GLIOMA_GRADE, TUMOR_TYPE


@pytest.mark.parametrize("task", [TUMOR_TYPE, GLIOMA_GRADE])
def test_classes_that_no_phantom_shows_are_left_out(task):
    assert drawable(task, ("metastasis", *reversed(task.classes))) == task.classes[::-1]


def test_slices_are_the_same_each_time_and_differ_by_class():
    slices = [draw_example_slice(label) for label in TUMOR_TYPE.classes]

    assert all(one.shape == (SIZE, SIZE) and one.dtype == np.uint8 for one in slices)
    np.testing.assert_array_equal(slices[0], draw_example_slice(TUMOR_TYPE.classes[0]))
    assert not np.array_equal(slices[0], slices[-1])


def test_volumes_hold_the_channels_and_the_tumor():
    volumes = draw_example_volumes("HGG", GLIOMA_GRADE.channels)

    assert tuple(volumes.sequences) == GLIOMA_GRADE.channels
    assert {one.shape for one in volumes.sequences.values()} == {volumes.mask.shape}
    assert volumes.mask.any()
