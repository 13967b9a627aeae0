"""Settings of low-rank adapters."""

from pydantic import Field, PositiveFloat, PositiveInt

from brain_tumor_kedro.modelling.strict import Strict


class Lora(Strict):
    """Low-rank adapters of frozen layers: W + (alpha / rank) B A (Hu et al., ICLR 2022).

    Attributes:
        rank: Columns of B and rows of A.
        alpha: Scale of the adaptation; None is the rank, which scales by 1.
        layers: Names of dense and convolution layers of the backbone, `*` for anything.
    """

    rank: PositiveInt
    alpha: PositiveFloat | None = None
    layers: tuple[str, ...] = Field(min_length=1)
