"""Settings of where published weights lie that Keras does not fetch by itself."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from brain_tumor_kedro.modelling.backbone_table import BACKBONES
from brain_tumor_kedro.modelling.strict import Strict


class PublishedFile(Strict):
    """A file to fetch.

    Attributes:
        url: Its address.
        sha256: Its SHA-256 in hexadecimal; a file with another is refused.
    """

    url: Annotated[str, Field(pattern=r"^(https?|file)://")] | None = None
    # Keras compares what it fetched with this letter by letter, and its own are lower case.
    sha256: (
        Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)] | None
    ) = None

    @model_validator(mode="after")
    def _never_unverified(self) -> Self:
        if self.url and not self.sha256:
            raise ValueError(f"expected the SHA-256 of {self.url} beside it; weights are code too")
        return self


class Pretrained(Strict):
    """Where weights lie.

    Attributes:
        weights_dir: Folder with weights files under the names that their publishers gave them.
        radimagenet: For each RadImageNet backbone, where its file can be fetched. Its SHA-256 is
            checked in `weights_dir` too.
    """

    weights_dir: str | None = None
    radimagenet: Mapping[str, PublishedFile] = Field(default_factory=dict)

    @field_validator("radimagenet")
    @classmethod
    def _known(cls, value: Mapping[str, PublishedFile]) -> Mapping[str, PublishedFile]:
        known = [row.name for row in BACKBONES.values() if row.pretraining == "radimagenet"]
        if unknown := sorted(set(value) - set(known)):
            raise ValueError(
                f"there are no RadImageNet weights for {', '.join(unknown)}; known: "
                f"{', '.join(known)}"
            )
        return value
