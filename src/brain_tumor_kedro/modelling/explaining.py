"""All maps of a classifier: by two methods, and again while it forgets what it has learned."""

from functools import partial

import keras
import numpy as np

from brain_tumor_kedro.modelling.gradcam import compute_grad_cam
from brain_tumor_kedro.modelling.occlusion import compute_occlusion
from brain_tumor_kedro.modelling.randomization import map_while_forgetting


def map_and_forget(
    classifier: keras.Model,
    images: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    *,
    patch: float,
    stride: float,
    checked: tuple[int, int],
    seed: int,
) -> tuple[dict[str, np.ndarray], dict[str, dict[float, np.ndarray]]]:
    """Compute maps by Grad-CAM and by occlusion, and with random weights for some images.

    Args:
        classifier: Fresh or loaded.
        images: `uint8` `(n, side, side)` or `(n, side, side, 3)`; may be a memory map.
        rows: Row numbers `(m,)`; may be none.
        targets: Index of the class that each map is about, `(m,)`.
        patch: Side of the patch that is hidden, as a share of the image's side.
        stride: Distance of two patches, as a share of the image's side.
        checked: How many images are mapped with random weights, by Grad-CAM and by occlusion.
        seed: Of the random weights.

    Returns:
        By method, `gradcam` `(m, rows, columns)` and `occlusion` `(m, side, side)`; and by method
        and share of the backbone's layers with random weights, the maps of the first images, those
        of occlusion at the last share alone. Without images, maps of one row and column, and none.
    """
    if not len(rows):
        nothing = np.zeros((0, 1, 1), np.float32)
        return {"gradcam": nothing, "occlusion": nothing}, {}
    hide = partial(compute_occlusion, patch=patch, stride=stride)
    maps = {
        "gradcam": compute_grad_cam(classifier, images, rows, targets),
        "occlusion": hide(classifier, images, rows, targets),
    }
    few, fewer = ((rows[:count], targets[:count]) for count in checked)
    forgotten: dict[str, dict[float, np.ndarray]] = {"gradcam": {}}
    for step in map_while_forgetting(classifier, images, *few, seed=seed):
        forgotten["gradcam"][step.share] = step.maps
    if len(fewer[0]):
        after = hide(step.classifier, images, *fewer)
        forgotten["occlusion"] = {step.share: after}
    return maps, forgotten
