"""What is known of a backbone without building it. Plain data: Keras is not imported here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from brain_tumor_kedro.modelling.contracts import Contract

#: The groups of study 2, and everything that it did not use.
Family = Literal["light", "mid", "high", "RadImageNet", "other"]

#: Where published weights come from; a recipe may name one instead of a file.
Pretraining = Literal["imagenet", "radimagenet"]


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A network without its classifier.

    Attributes:
        name: What a recipe calls it.
        family: Its group in the comparison of backbones (study 2), by size or by weights.
        size: Side in pixels that it was designed for, and that its published weights were
            trained at.
        smallest: Smallest side that it can take.
        fixed: Whether it takes images of `size` alone.
        contract: What it expects of its input, see `contracts.CONTRACTS`.
        features: Length of the vector that is left after pooling.
        parameters: Numbers in all of its weights, trained or not.
        blocks: The first layer with weights of each block, from the last block to the first.
            They are cut so that a block takes nothing but the output of the one before it
            (NASNet's cells take the last two), so that training the last blocks trains whole ones.
        citation: The paper.
        application: Its function in `keras.applications`; empty where another module builds it.
        options: Arguments of that function, or of the transformer's class.
        cut_after: The application is built with its top and ends after this layer, in a vector.
            Empty: it is built without its top and ends in feature maps.
        preset: Its name in keras-hub, which then builds it, as a transformer that ends in a vector.
        pretraining: The published weights that there are.
        sizes: Sides for which there are ImageNet weights of their own; else those for `size`.
        files: Names of the published file, the usual one first, where Keras does not fetch it.
    """

    name: str
    family: Family
    size: int
    smallest: int = 32
    fixed: bool = False
    contract: Contract
    features: int
    parameters: int
    blocks: tuple[str, ...]
    citation: str
    application: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    cut_after: str = ""
    preset: str = ""
    pretraining: Pretraining | None = None
    sizes: tuple[int, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def imagenet(self) -> bool:
        """Whether there are ImageNet weights."""
        return self.pretraining == "imagenet"

    def check_size(self, size: int) -> None:
        """Refuse images that the backbone cannot take.

        Args:
            size: Side in pixels.

        Raises:
            ValueError: Where the side is too small, or another than the fixed one.
        """
        if self.fixed and size != self.size:
            raise ValueError(
                f"backbone {self.name!r} takes images of {self.size} pixels alone, received an "
                f"image_size of {size}"
            )
        if size < self.smallest:
            raise ValueError(
                f"backbone {self.name!r} takes images of {self.smallest} pixels and more, received "
                f"an image_size of {size}"
            )

    def check_weights(self, weights: str) -> None:
        """Refuse published weights that there are none of for this backbone.

        Args:
            weights: `imagenet`, `radimagenet`, `none` or a path; the last two fit any backbone.

        Raises:
            ValueError: Where there are none of that name.
        """
        if weights in {"imagenet", "radimagenet"} and weights != self.pretraining:
            other = f"{self.pretraining}, " if self.pretraining else ""
            raise ValueError(
                f"there are no {weights} weights for backbone {self.name!r}; it has: {other}none, "
                "or a file"
            )
