"""The head's settings: what stands on a backbone."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import NonNegativeFloat, PositiveInt, model_validator

from brain_tumor_kedro.modelling.strict import Fraction, Strict


class Head(Strict):
    """What stands on the backbone: pooling, dense layers, dropout, and the output.

    Attributes:
        pooling: How a feature map becomes a vector; `avg_max` puts both side by side.
        batch_norm: Whether the pooled features are normalized by batch.
        dense: Units of each hidden layer (ReLU, He normal), in order; none is a linear head.
        dropout: Fraction dropped after each hidden layer, or of the features without one; a list
            has one for each hidden layer.
        output: `softmax` has a unit for each class; `sigmoid` has one unit for two classes, of
            which it says how likely the second one is. Either gives a probability of every class.
        l2: Penalty on the square of all kernels of the head.
    """

    pooling: Literal["avg", "max", "avg_max"] = "avg"
    batch_norm: bool = False
    dense: tuple[PositiveInt, ...] = ()
    dropout: Fraction | tuple[Fraction, ...] = 0.0
    output: Literal["softmax", "sigmoid"] = "softmax"
    l2: NonNegativeFloat = 0.0

    @model_validator(mode="after")
    def _a_dropout_for_each_layer(self) -> Self:
        if isinstance(self.dropout, tuple) and len(self.dropout) != len(self.dense):
            raise ValueError(
                f"expected a dropout for each of {len(self.dense)} hidden layers, received "
                f"{len(self.dropout)}; give one for each, or a single number"
            )
        return self

    def check_classes(self, classes: Sequence[str]) -> None:
        """Refuse an output that cannot tell these classes apart.

        Args:
            classes: Class labels in the order of the outputs.

        Raises:
            ValueError: Where one unit would have to tell other than two classes apart.
        """
        if self.output == "sigmoid" and len(classes) != 2:
            raise ValueError(
                "A head with `output: sigmoid` tells two classes apart, received "
                f"{len(classes)}: {', '.join(classes)}. Use a recipe with `output: softmax`."
            )

    @property
    def dropouts(self) -> tuple[float, ...]:
        """What is dropped after each hidden layer."""
        if isinstance(self.dropout, tuple):
            return self.dropout
        return (self.dropout,) * len(self.dense)
