"""Sheets of errors: mistakes with their neighbors, doubtful labels, near neighbors by pixels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brain_tumor_kedro.assessment.near_neighbors import SAME_HEAD, SIDE
from brain_tumor_kedro.assessment.plots import COLORS, MUTED
from brain_tumor_kedro.assessment.tiles import Tile, TileRow, plot_tiles

#: Tiles in a row of the sheets of labels and of pairs.
COLUMNS = 6


class Album:
    """Packed images by id, and a color for every class."""

    def __init__(self, images: np.ndarray, manifest: pd.DataFrame, classes: Sequence[str]) -> None:
        """Take packed images, the manifest's kept rows and the classes, in the colors' order."""
        self._images = images
        self._rows = manifest.set_index("image_id")["row"]
        self._colors = dict(zip(classes, COLORS, strict=False))

    def tile(self, image_id: str, label: str, *lines: str) -> Tile:
        """Frame an image in the color of its label, which is the first line below it."""
        pixels = np.asarray(self._images[int(self._rows[image_id])])
        return Tile(pixels, (_words(label), *lines), self._colors.get(label, MUTED))


def plot_gallery(neighbors: pd.DataFrame, album: Album, columns: int, **about: str) -> Figure:
    """Draw each mistake beside the training images that the classifier finds most alike.

    Args:
        neighbors: As `find_neighbors` makes them.
        album: The images.
        columns: Neighbors of a mistake at most.
        about: `subtitle` and `data_note`.

    Returns:
        The sheet, a row per mistake.
    """
    rows = [
        _gallery_row(part.to_dict("records"), album)
        for _, part in neighbors.groupby("mistake", sort=True)
    ]
    title = (
        f"The {len(rows)} most confident mistakes on test, and the training images nearest to each"
    )
    nothing = "no mistakes, or no training images"
    return plot_tiles(rows, columns + 1, title, **about, nothing=nothing)


def plot_label_issues(issues: pd.DataFrame, album: Album, most: int, **about: str) -> Figure:
    """Draw the images whose labels are most doubtful.

    Args:
        issues: As `find_label_issues` makes them; those that both judges dispute are drawn.
        album: The images.
        most: How many at most.
        about: `subtitle` and `data_note`.

    Returns:
        The sheet, the lowest quality first.
    """
    disputed = issues[issues["disputed"].astype(bool)]
    tiles = [_issue_tile(row, album) for row in disputed.head(most).to_dict("records")]
    rows = _in_rows(tiles)
    title = (
        f"Labels that both judges dispute: {len(tiles)} of {len(disputed)}, those of the lowest "
        "quality first"
    )
    return plot_tiles(rows, COLUMNS, title, **about, nothing="no label is disputed by both judges")


def plot_near_neighbors(near: pd.DataFrame, album: Album, most: int, **about: str) -> Figure:
    """Draw the evaluated images that are most like a training image, pixel by pixel.

    Args:
        near: As `find_near_neighbors` makes them.
        album: The images.
        most: How many pairs at most.
        about: `subtitle` and `data_note`.

    Returns:
        The sheet, three pairs in a row.
    """
    tiles = [tile for row in near.head(most).to_dict("records") for tile in _pair_tiles(row, album)]
    rows = _in_rows(tiles)
    title = (
        f"Evaluated images beside the training image most like them: correlation at {SIDE} pixels, "
        f"{SAME_HEAD} is suspicious"
    )
    return plot_tiles(rows, COLUMNS, title, **about, nothing="nothing to compare")


def _in_rows(tiles: Sequence[Tile]) -> list[TileRow]:
    starts = range(0, len(tiles), COLUMNS)
    return [TileRow("", tiles[start : start + COLUMNS]) for start in starts]


def _gallery_row(rows: Sequence[Mapping[Any, Any]], album: Album) -> TileRow:
    first = rows[0]
    heading = (
        f"{first['mistake']}. {_words(first['label'])} taken for {_words(first['predicted'])}, "
        f"probability {first['probability']:.2f}, of its label {first['p_label']:.2f}"
    )
    source = _source(first["source"])
    own = album.tile(first["image_id"], first["label"], source, _file(first))
    others = [
        album.tile(
            row["neighbor"],
            row["neighbor_label"],
            f"{row['similarity']:.2f}, same head?"
            if row["suspicious"]
            else f"alike {row['similarity']:.2f}",
            "same source" if row["same_source"] else _source(row["neighbor_source"]),
        )
        for row in rows
    ]
    return TileRow(heading, [own, *others])


def _issue_tile(row: Mapping[Any, Any], album: Album) -> Tile:
    suggested = f"or {_words(row['suggested'])}?"
    place = f"{row['rank']}. {row['split']}, {row['quality']:.2f}"
    lines = (suggested, place, _source(row["source"]), _file(row))
    return album.tile(row["image_id"], row["label"], *lines)


def _pair_tiles(row: Mapping[Any, Any], album: Album) -> list[Tile]:
    words = f"{row['split']}, {row['correlation']:.2f}"
    doubt = "train, same head?" if row["suspicious"] else "train"
    neighbor = {"image_id": row["neighbor"], "source": row["neighbor_source"]}
    return [
        album.tile(part["image_id"], label, said, _source(part["source"]), _file(part))
        for part, label, said in (
            (row, row["label"], words),
            (neighbor, row["neighbor_label"], doubt),
        )
    ]


def _words(label: str) -> str:
    return label.replace("_", " ")


def _source(source: str) -> str:
    return str(source).rpartition("/")[2]


def _file(row: Mapping[Any, Any]) -> str:
    return str(row["image_id"]).removeprefix(f"{row['source']}/")
