"""The search for copies, round by round: however many copies an image has, few are compared."""

import logging
from collections.abc import Collection

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from brain_tumor_kedro.imaging.candidates import find_candidates, match_views
from brain_tumor_kedro.imaging.descriptors import describe
from brain_tumor_kedro.imaging.duplicates import reject_copies
from brain_tumor_kedro.imaging.search import SearchSettings
from brain_tumor_kedro.imaging.similarity import compare
from brain_tumor_kedro.imaging.views import VIEWS

logger = logging.getLogger(__name__)

PAIR_COLUMNS = [
    "image_a", "image_b", "correlation", "local_correlation", "view", "relation", "round",
]  # fmt: skip


class SimilaritySettings(BaseModel):
    """From where on two images are taken for copies or relatives.

    Attributes:
        neighbors: How many of the nearest images each one is compared with.
        candidate: Smallest inner product of the descriptors of two images that are compared.
        copy_local: Correlation after registration and local normalization of a copy.
        relative_local: The same of a relative.
        search: How the nearest images are found.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    neighbors: int = Field(default=4, ge=1, le=256)
    candidate: float = Field(default=0.65, gt=0, lt=1)
    copy_local: float = Field(default=0.90, gt=0, le=1)
    relative_local: float = Field(default=0.70, gt=0, le=1)
    search: SearchSettings = SearchSettings()

    @model_validator(mode="after")
    def _in_order(self) -> "SimilaritySettings":
        if self.relative_local > self.copy_local:
            raise ValueError(
                f"expected relative_local <= copy_local, found {self.relative_local} and "
                f"{self.copy_local}"
            )
        return self


class CopySearch:
    """What was compared so far, and which image would be kept for which."""

    def __init__(
        self,
        rows: pd.DataFrame,
        thumbnails: np.ndarray,
        settings: SimilaritySettings,
        last: Collection[str] = (),
        trusted: Collection[str] = (),
    ) -> None:
        """Describe the images.

        Args:
            rows: Rows of the manifest, no two of them with equal pixels.
            thumbnails: `(len(rows), 64, 64)` uint8, in the same order.
            settings: The thresholds.
            last: As `reject_copies` takes it.
            trusted: As `reject_copies` takes it.
        """
        self.rounds = 0
        self._last, self._trusted = last, trusted
        self._rows = rows.reset_index(drop=True)
        self._thumbnails = thumbnails
        self._settings = settings
        self._frequencies = describe(thumbnails)
        self._compared = np.empty(0, np.int64)
        self._found: list[pd.DataFrame] = [_no_pairs()]
        #: The image for which each one would be rejected; itself where it would be kept.
        self._keeper = np.arange(len(rows))

    def pairs(self) -> pd.DataFrame:
        """All pairs of copies and relatives found, with the columns `PAIR_COLUMNS`."""
        found = pd.concat(self._found, ignore_index=True)
        ids = self._rows["image_id"].to_numpy()
        names = {True: "near_copy", False: "relative"}
        copies = found["local_correlation"] >= self._settings.copy_local
        return found.assign(
            image_a=ids[found["a"]],
            image_b=ids[found["b"]],
            view=found["view"].map(dict(enumerate(VIEWS))).astype("str"),
            relation=copies.map(names).astype("str"),
        )[PAIR_COLUMNS]

    def thin(self, among: np.ndarray) -> np.ndarray:
        """Search among some images, and among those that are left without copies, and so on.

        An image more than half of whose own nearest ones are copies of it has looked no farther
        than them, and is searched again. Any other has met with strangers already.

        Args:
            among: Positions of the images.

        Returns:
            Positions of those that are left.
        """
        wanted = np.ones(len(among), bool)
        while wanted.any():
            pairs = find_candidates(
                self._frequencies[among],
                self._settings.neighbors,
                self._settings.candidate,
                self._settings.search,
                wanted,
            )
            pairs = pairs.assign(a=among[pairs["a"]], b=among[pairs["b"]])
            self._compare(pairs)
            left = self._reject(among)
            wanted, among = self._met_copies(pairs)[left], left
        return among

    def _met_copies(self, pairs: pd.DataFrame) -> np.ndarray:
        """Which images are copies of more than half of their own nearest ones."""
        a, b, mutual = (pairs[name].to_numpy() for name in ("a", "b", "mutual"))
        copy = np.isin(self._key(a, b), self._copies())
        chooser, copy = np.r_[a, b[mutual]], np.r_[copy, copy[mutual]]
        met = np.bincount(chooser, minlength=len(self._rows))
        most: np.ndarray = np.bincount(chooser[copy], minlength=len(met)) > met / 2
        return most

    def settle(self, keepers: np.ndarray) -> np.ndarray:
        """Compare every other image with the one that is kept in the end for it.

        An image can be rejected for one that is rejected later for a third: is it a copy of that?

        Args:
            keepers: Positions of the images that would be kept.

        Returns:
            Where it is not: the keepers and these images, to be searched again; nothing otherwise.
        """
        last = self._follow()
        moved = np.flatnonzero(last != self._keeper)
        self._compare(match_views(self._frequencies, moved, last[moved]))
        lone = moved[~np.isin(self._key(moved, last[moved]), self._copies())]
        self._keeper = last
        self._keeper[lone] = lone
        return np.union1d(keepers, lone) if len(lone) else lone

    def _compare(self, pairs: pd.DataFrame) -> None:
        """Compare pairs that were not compared before."""
        key = self._key(pairs["a"].to_numpy(), pairs["b"].to_numpy())
        new = ~np.isin(key, self._compared)
        pairs, key = pairs[new], key[new]
        self._compared = np.concatenate([self._compared, key])
        self.rounds += 1
        local = compare(self._thumbnails, pairs, self._settings.relative_local).astype("float64")
        table = pairs.astype({"correlation": "float64"}).assign(
            local_correlation=local, round=self.rounds
        )
        table = table.drop(columns="mutual", errors="ignore")
        self._found.append(table[local >= self._settings.relative_local])
        copies = int((local >= self._settings.copy_local).sum())
        logger.info("Round %s: %s pairs compared, %s copies", self.rounds, len(pairs), copies)

    def _reject(self, among: np.ndarray) -> np.ndarray:
        # In the order of all images: the last verdict, on all of them, must come to the same.
        ids = self._rows["image_id"].iloc[among]
        verdict = reject_copies(self._rows, self.pairs(), self._last, self._trusted, set(ids))
        verdict = verdict.iloc[among]
        rejected = verdict[verdict["copy_of"].notna()]
        place = pd.Series(self._rows.index, index=self._rows["image_id"])
        self._keeper[rejected.index] = place[rejected["copy_of"]].to_numpy()
        return verdict.index[verdict["copy_of"].isna()].to_numpy()

    def _follow(self) -> np.ndarray:
        """The keeper of the keeper of each image, and so on to one that keeps itself."""
        last = self._keeper
        while not np.array_equal(further := last[last], last):
            last = further
        return last.copy()

    def _copies(self) -> np.ndarray:
        found = pd.concat(self._found)
        copies = found[found["local_correlation"] >= self._settings.copy_local]
        return self._key(copies["a"].to_numpy(), copies["b"].to_numpy())

    def _key(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """One number for a pair, whichever way round."""
        key: np.ndarray = np.minimum(a, b).astype(np.int64) * len(self._rows) + np.maximum(a, b)
        return key


def _no_pairs() -> pd.DataFrame:
    whole = dict.fromkeys(("a", "b", "view", "round"), "int64")
    real = dict.fromkeys(("correlation", "local_correlation"), "float64")
    return pd.DataFrame(columns=[*whole, *real]).astype(whole | real)
