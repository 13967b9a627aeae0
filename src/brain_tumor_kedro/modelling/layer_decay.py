"""Layer-wise learning-rate decay: the deeper below the head, the smaller the steps.

Clark et al., ELECTRA, ICLR 2020, arXiv:2003.10555; Bao et al., BEiT, ICLR 2022, arXiv:2106.08254.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from brain_tumor_kedro.modelling.layers import backbone_layers


@dataclass(frozen=True)
class Rates:
    """What a variable's steps are scaled by.

    Attributes:
        factors: Factor of the learning rate for the `id` of a variable; 1 for those not named.
        weight_decay: Decoupled, per step, before it is scaled.
        undecayed: The `id`s of variables that do not decay.
    """

    factors: Mapping[int, float]
    weight_decay: float = 0.0
    undecayed: frozenset[int] = frozenset()


def decay_by_block(backbone: keras.Model, blocks: Sequence[str], decay: float) -> dict[int, float]:
    """Say how much smaller a backbone's steps are than the head's.

    Args:
        backbone: A built model.
        blocks: The first layer of each block, from the last block to the first.
        decay: In (0, 1]; the factor of the last block, to the power of 2 that of the one below it,
            and so on. What lies below the first block counts as one block more.

    Returns:
        The factor for the `id` of each of the backbone's variables.
    """
    layers = backbone_layers(backbone)
    names = [layer.name for layer in layers]
    starts = [names.index(block) for block in blocks]
    return {
        id(variable): decay ** (1 + sum(start > number for start in starts))
        for number, layer in enumerate(layers)
        for variable in layer.variables
    }


class _ScaledSteps:
    """Stands before an optimizer of Keras, and scales steps and weight decay of each variable.

    Everything that Keras does around a step (clipping, accumulation, averaging, loss scaling,
    distribution) stays as it is, on any backend.
    """

    def __init__(self, *args: Any, rates: Rates, **options: Any) -> None:
        super().__init__(*args, **options)
        self._rates = rates

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Look up every variable's factor: steps get variables of the backend, without identity."""
        super().build(variables)  # type: ignore[misc]  # the optimizer's
        keys = [id(variable) for variable in variables]
        self._factors = tuple(self._rates.factors.get(key, 1.0) for key in keys)
        self._decays = tuple(
            0.0 if key in self._rates.undecayed else self._rates.weight_decay for key in keys
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Shrink the variable by its weight decay, then take the optimizer's step."""
        index = self._get_variable_index(variable)  # type: ignore[attr-defined]
        rate = keras.ops.cast(learning_rate, variable.dtype) * self._factors[index]
        if self._decays[index]:
            self.assign_sub(variable, variable * (self._decays[index] * rate))  # type: ignore[attr-defined]
        super().update_step(gradient, variable, rate)  # type: ignore[misc]


def scale_steps(optimizer: type[keras.optimizers.Optimizer]) -> type[keras.optimizers.Optimizer]:
    """Make an optimizer that takes smaller steps for some variables.

    Args:
        optimizer: A class of Keras.

    Returns:
        A class whose instances take `rates` too, and their weight decay from there.
    """
    return type(f"Scaled{optimizer.__name__}", (_ScaledSteps, optimizer), {})
