"""What is to be acquired: every collection with its place, and how its publisher is asked."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import requests
from pydantic import BaseModel, ConfigDict

from brain_tumor_kedro.acquisition.archives import UnpackLimits
from brain_tumor_kedro.acquisition.connections import DownloadSettings
from brain_tumor_kedro.acquisition.figshare import FigshareSettings, list_article
from brain_tumor_kedro.acquisition.kaggle import (
    KaggleSettings,
    list_data_set,
    read_login,
    split_handle,
)
from brain_tumor_kedro.acquisition.published import Published


class AcquisitionSettings(BaseModel):
    """What is fetched, from where and how.

    Attributes:
        sources: Which of the sources.
        figshare: The Figshare article.
        kaggle: The Kaggle data sets.
        download: How patient downloads are.
        unpack: What an archive may hold at most.
        keep_archives: Whether archives stay once they are unpacked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[Literal["figshare", "kaggle"], ...] = ("figshare", "kaggle")
    figshare: FigshareSettings = FigshareSettings()
    kaggle: KaggleSettings = KaggleSettings()
    download: DownloadSettings = DownloadSettings()
    unpack: UnpackLimits = UnpackLimits()
    keep_archives: bool = False


@dataclass(frozen=True)
class Collection:
    """One thing to fetch.

    Attributes:
        place: Its folder, relative to the folder of all sources.
        handle: What its publisher calls it.
        version: The version that is asked for; None for any.
        by_hand: How a person gets it.
        publish: Ask its publisher what it holds.
    """

    place: str
    handle: str
    version: int | None
    by_hand: str
    publish: Callable[[requests.Session], Published]


def list_collections(settings: AcquisitionSettings) -> Iterator[Collection]:
    """What the settings ask for, one by one; nothing is looked up yet."""
    figshare, kaggle = settings.figshare, settings.kaggle
    if "figshare" in settings.sources:
        yield Collection(
            "figshare",
            str(figshare.article),
            figshare.version,
            f"download https://doi.org/10.6084/m9.figshare.{figshare.article}",
            partial(list_article, settings=figshare, download=settings.download),
        )
    for handle in kaggle.datasets if "kaggle" in settings.sources else ():
        owner, name, version = split_handle(handle)
        yield Collection(
            f"kaggle/{name}",
            f"{owner}/{name}",
            version,
            f"download https://www.kaggle.com/datasets/{owner}/{name}",
            partial(_list_logged_in, handle=handle, settings=settings),
        )


def _list_logged_in(
    session: requests.Session, handle: str, settings: AcquisitionSettings
) -> Published:
    session.auth = read_login(os.environ)
    return list_data_set(session, handle, settings.kaggle, settings.download)
