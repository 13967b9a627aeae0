"""How a folder of images is answered about."""

import os
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class InferenceSettings(BaseModel):
    """How a folder of images is answered about.

    Attributes:
        level: Share of prediction sets that are meant to hold the true class: one of those that
            the model knows.
        heat_maps: How many images get a heat map, those that a person should look at first; or
            `all`, or `none`.
        page_images: How many images the page shows, at most.
        page_rows: How many rows the page's table has, at most.
        batch_size: Images that the classifier looks at together.
        workers: Threads that decode; -1 for all cores.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: float = Field(0.9, gt=0, lt=1)
    heat_maps: Literal["all", "none"] | Annotated[int, Field(strict=True, ge=0, le=1000)] = 100
    page_images: int = Field(24, ge=0, le=500)
    page_rows: int = Field(500, ge=0, le=10_000)
    batch_size: int = Field(64, ge=1, le=4096)
    workers: int = Field(-1, ge=-1)

    @field_validator("workers")
    @classmethod
    def _some(cls, workers: int) -> int:
        if workers == 0:
            raise ValueError("expected the number of workers, or -1 for all cores, found 0")
        return workers

    @property
    def threads(self) -> int:
        """How many threads decode."""
        return self.workers if self.workers > 0 else len(os.sched_getaffinity(0))

    @property
    def mapped(self) -> int:
        """How many images get a heat map after all are answered; none where all get theirs."""
        return self.heat_maps if isinstance(self.heat_maps, int) else 0
