"""One pass of a classifier over images, from any number of threads."""

from threading import Lock

import keras
import numpy as np

from brain_tumor_kedro.modelling.gradcam import map_rows
from brain_tumor_kedro.modelling.last_map import Halves, cut_at_last_map
from brain_tumor_kedro.modelling.parts import (
    fold_parts,
    is_mirrored,
    plain_classifier,
    with_parts,
)


class Forward:
    """A classifier that is compiled once and looks at one batch at a time.

    A batch keeps all cores or the whole GPU busy, so that threads gain nothing by looking at once,
    and not every backend lets them.
    """

    def __init__(self, classifier: keras.Model, *, style: bool = False) -> None:
        """Cut the classifier into its parts; its first batch compiles them.

        Args:
            classifier: As training exports it.
            style: Whether the style is told that a guard looks at.
        """
        self._classifier = classifier
        # Folding saves more time than telling the style costs.
        self._parts = fold_parts(with_parts(classifier, style=style))
        self._halves: Halves | None = None
        self._lock = Lock()

    def look(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Predict images.

        Args:
            images: `uint8` `(n, side, side)` or `(n, side, side, 3)`, at least one.

        Returns:
            `features`, `raw`, `calibrated` and, where it is told, `style`, `float32` `(n, …)`: see
            `parts.with_parts`.
        """
        with self._lock:
            values = self._parts.predict_on_batch(images)
        return {name: np.asarray(value, np.float32) for name, value in values.items()}

    def map_classes(self, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Compute the Grad-CAM of one class for each image.

        Args:
            images: As for `look`.
            targets: Index of the class that each map is about, `(n,)`.

        Returns:
            `float32` `(n, rows, columns)`, not negative: see `gradcam.compute_grad_cam`.
        """
        rows = np.arange(len(images))
        mirrored = is_mirrored(self._classifier)
        with self._lock:
            if self._halves is None:
                self._halves = cut_at_last_map(plain_classifier(self._classifier))
            return map_rows(
                self._halves, images, rows, targets, mirrored=mirrored, batch_size=len(rows)
            )
