"""Example phantoms as pictures, drawn when somebody asks for one."""

import numpy as np

from brain_tumor_kedro.datasets.source import Picture
from brain_tumor_kedro.imaging.volumes import cut_slices, fit_slices, scale_slices
from brain_tumor_kedro.sample.examples import draw_example_slice, draw_example_volumes
from brain_tumor_kedro.tasks import Task


def draw_example(task: Task, label: str, side: int) -> Picture:
    """Draw a phantom as the task's sources would show it.

    Args:
        task: Gray images, or images whose channels are sequences.
        label: One of its classes.
        side: Of the images that the classifier takes, in pixels.

    Returns:
        Gray of any size, or the slice with most tumor as `(side, side, channels)`.
    """
    if not task.channels:
        return Picture(draw_example_slice(label), "L")
    volumes = draw_example_volumes(label, task.channels)
    place = np.array([int(volumes.mask.sum(axis=(0, 1)).argmax())])
    slices = [
        scale_slices(cut_slices(volumes.sequences[channel], place)) for channel in task.channels
    ]
    return Picture(fit_slices(np.stack(slices, axis=-1), side)[0], "RGB")
