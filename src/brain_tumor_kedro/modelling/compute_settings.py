"""Settings of how a training is computed: none of them makes another model."""

from typing import Literal

from brain_tumor_kedro.modelling.strict import Strict


class Compute(Strict):
    """How a training is computed.

    Attributes:
        distribution: `mirrored` uses all GPUs of this machine; `multi_worker` all machines that
            `TF_CONFIG` names; both with the TensorFlow backend.
        deterministic: Only operations that give the same bits each time; slower.
        resident: Whether all images are kept in the memory of the device; `auto` does so on a
            GPU where they fit.
    """

    distribution: Literal["none", "mirrored", "multi_worker"] = "none"
    deterministic: bool = False
    resident: bool | Literal["auto"] = "auto"
