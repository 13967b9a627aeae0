"""Recipes: everything that makes a model, in one validated piece of configuration."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    RootModel,
    field_validator,
    model_validator,
)

from brain_tumor_kedro.modelling.augmentation_settings import Augmentation, AugmentationOrPreset
from brain_tumor_kedro.modelling.backbone_spec import Backbone
from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.contracts import Contract
from brain_tumor_kedro.modelling.families import expand_families
from brain_tumor_kedro.modelling.head_settings import Head
from brain_tumor_kedro.modelling.lora_settings import Lora
from brain_tumor_kedro.modelling.phase_settings import LastBlocks, Phase
from brain_tumor_kedro.modelling.strict import Fraction, Strict


def _name_phases(value: Any) -> Any:
    """Take phases from a mapping by name, of which one value can be changed on the command line."""
    if not value:
        raise ValueError("expected at least one phase, received none")
    if not isinstance(value, Mapping):
        return value
    if any(not isinstance(phase, Mapping) for phase in value.values()):
        raise ValueError(f"expected a phase under every name, received {value}")
    return [{**phase, "name": name} for name, phase in value.items()]


class Recipe(Strict):
    """Everything that makes a model.

    Attributes:
        backbone: A name in `backbone_table.BACKBONES`.
        weights: `imagenet`, `radimagenet`, `none`, or the path of a weights file; `published` is
            the one of the first two that there is for the backbone.
        image_size: Side in pixels that images are resized to; None is the backbone's own.
        contract: What is made of the pixels before the backbone, see `contracts.CONTRACTS`; None
            is the backbone's own. What a backbone does to its input inside stays.
        head: What stands on the backbone.
        lora: Low-rank adapters of the backbone, for phases with `trainable: lora`.
        augmentation: Random changes of training images, or the name of a preset; a preset and
            what differs from it, as `{preset: study_4, rotation: 10}`.
        class_weights: `balanced` weighs each class by the inverse of its frequency.
        precision: `auto` is mixed where a GPU is there, else `float32`.
        batch_size: Images per step.
        label_smoothing: Probability mass spread over all classes (Szegedy et al., CVPR 2016).
        test_time_flip: The finished classifier averages its probabilities of an image and of its
            mirror image. Metrics of the epochs are those of the image alone.
        phases: In the order they are trained: a list, or a mapping by name.
    """

    backbone: str
    weights: str = "imagenet"
    image_size: Annotated[int, Field(ge=32)] | None = None
    contract: Contract | None = None
    head: Head = Head()
    lora: Lora | None = None
    augmentation: AugmentationOrPreset = Augmentation()
    class_weights: Literal["balanced"] | None = None
    precision: Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"] = "auto"
    batch_size: PositiveInt = 32
    label_smoothing: Fraction = 0.0
    test_time_flip: bool = False
    phases: Annotated[tuple[Phase, ...], BeforeValidator(_name_phases)]

    @model_validator(mode="before")
    @classmethod
    def _find_published(cls, values: Any) -> Any:
        published = isinstance(values, Mapping) and values.get("weights") == "published"
        if not published or values.get("backbone") not in BACKBONES:
            return values
        spec = BACKBONES[values["backbone"]]
        if spec.pretraining is None:
            raise ValueError(f"there are no published weights for backbone {spec.name!r}")
        return {**values, "weights": spec.pretraining}

    @field_validator("backbone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in BACKBONES:
            raise ValueError(_unknown("backbone", value, BACKBONES))
        return value

    @field_validator("weights", mode="before")
    @classmethod
    def _null_is_none(cls, value: Any) -> Any:
        return "none" if value is None else value

    @model_validator(mode="after")
    def _fits_the_backbone(self) -> Self:
        self.spec.check_weights(self.weights)
        self.spec.check_size(self.size)
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError(f"phases need names of their own, received {names}")
        for phase in self.phases:
            _check_blocks(phase, self.spec)
        return self

    @model_validator(mode="after")
    def _trains_its_adapters(self) -> Self:
        trained = any(phase.trainable == "lora" for phase in self.phases)
        if trained and self.lora is None:
            raise ValueError("a phase trains `lora`, but the recipe has none; give rank and layers")
        if self.lora is not None and not trained:
            raise ValueError("the recipe has `lora`, but no phase trains it; use trainable: lora")
        return self

    @property
    def spec(self) -> Backbone:
        """The backbone's row in the table."""
        return BACKBONES[self.backbone]

    @property
    def size(self) -> int:
        """Side in pixels that images are resized to."""
        return self.image_size or self.spec.size

    @property
    def input_contract(self) -> Contract:
        """What is made of the pixels before the backbone."""
        return self.contract or self.spec.contract


class Recipes(RootModel[dict[str, Recipe]]):
    """All recipes by name, as `parameters_recipes.yml` holds them under `recipes`.

    A family, whose name holds `{backbone}`, stands for a recipe of each of its backbones; see
    `families.expand_families`.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, entries: Any) -> Any:
        return expand_families(entries) if isinstance(entries, Mapping) else entries

    def __str__(self) -> str:
        """All names: MLflow notes this, and every field of the recipe that was chosen."""
        return ", ".join(self.root)

    def choose(self, name: str) -> Recipe:
        """Pick a recipe.

        Args:
            name: Its key under `recipes`.

        Returns:
            The recipe.

        Raises:
            ValueError: Where there is none of that name.
        """
        if name not in self.root:
            raise ValueError(_unknown("recipe", name, self.root))
        return self.root[name]


def _check_blocks(phase: Phase, spec: Backbone) -> None:
    wanted = phase.trainable.blocks if isinstance(phase.trainable, LastBlocks) else 0
    if wanted > len(spec.blocks):
        raise ValueError(
            f"phase {phase.name!r} trains the last {wanted} blocks, but backbone {spec.name!r} "
            f"has {len(spec.blocks)}; use `all`"
        )


def _unknown(what: str, name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no {what} {name!r}.{hint} Known: {', '.join(sorted(known))}."
