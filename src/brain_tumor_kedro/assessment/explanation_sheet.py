"""Contact sheets of explanations: an image, and what two methods say speaks for its class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import binary_erosion

from brain_tumor_kedro.assessment.explanation_summary import METHODS
from brain_tumor_kedro.assessment.plots import MUTED, say, start_figure

#: Side of a picture in pixels, as it is drawn, and in inches.
PIXELS = 170
SIDE = 1.31

#: Cases beside each other, and the room above and between them, in inches.
COLUMNS = 2
HEADING = 0.36
GAP = 0.22

#: How much of the color shows where a map is strongest.
STRENGTH = 0.6

#: Shades of gray that are kept below the color: more make the file large, and show nothing.
SHADES = 16

OUTLINE = (0, 229, 255)
HEAT = colormaps["inferno"]


def order_cases(sample: pd.DataFrame, right: bool, shown: int) -> pd.DataFrame:
    """Choose and order the cases of a sheet.

    Args:
        sample: As of `choose_explained`, with the classes taking turns.
        right: Whether right predictions are shown, or wrong ones.
        shown: Most cases.

    Returns:
        Wrong predictions, the surest first; right ones by class, the surest of each first.
    """
    rows = sample[sample["right"] == right]
    if right:
        rows = rows.head(shown)
        return rows.sort_values(["label", "probability"], ascending=[True, False])
    return rows.sort_values("probability", ascending=False).head(shown)


def plot_sheets(
    sample: pd.DataFrame,
    images: np.ndarray,
    maps: Mapping[str, np.ndarray],
    masks: Mapping[str, np.ndarray],
    shown: int,
    colors: str = "",
    subtitle: str = "",
    data_note: str = "",
) -> tuple[Figure, Figure]:
    """Draw a sheet of right predictions and one of wrong ones.

    Args:
        sample: As of `choose_explained`.
        images: Packed, all of them: `uint8` `(n, side, side)` or `(n, side, side, 3)`.
        maps: By method, `(m, rows, columns)` in the order of the sample.
        masks: By id, bool `(side, side)`.
        shown: Most cases on a sheet.
        colors: What the images' colors mean; nothing where they are gray.
        subtitle: What is said under the title.
        data_note: What the reader must know about the data, for example "phantom data".

    Returns:
        Both sheets, at most 1,600 pixels wide; a sentence where there are no cases.
    """
    legend = f"image, {', '.join(METHODS.values())}, each scaled to its own maximum"
    subtitle = "; ".join(part for part in (subtitle, legend) if part)
    if colors:
        subtitle += f"\nimage: {colors}; under the maps their mean"
    sheets = []
    for right, title in ((True, "Right predictions"), (False, "Wrong predictions")):
        cases = order_cases(sample.reset_index(drop=True), right, shown)
        order = "by class, then by certainty" if right else "the surest first"
        title = f"{title}, {order}: {len(cases)} of {(sample['right'] == right).sum()} explained"
        sheets.append(_plot_sheet(cases, images, maps, masks, title, subtitle, data_note))
    return sheets[0], sheets[1]


def _plot_sheet(
    cases: pd.DataFrame,
    images: np.ndarray,
    maps: Mapping[str, np.ndarray],
    masks: Mapping[str, np.ndarray],
    title: str,
    subtitle: str,
    data_note: str,
) -> Figure:
    if cases.empty:
        return say(title, "no such prediction", data_note)
    width = COLUMNS * 3 * SIDE + (COLUMNS - 1) * GAP
    height = -(-len(cases) // COLUMNS) * (SIDE + HEADING)
    figure = start_figure((width + 0.2, height + 0.95), title, subtitle, data_note)
    axes = figure.subplots()
    rows = zip(cases.index.to_numpy(), cases.to_dict("records"), strict=True)
    for place, (number, case) in enumerate(rows):
        left = (place % COLUMNS) * (3 * SIDE + GAP)
        top = (place // COLUMNS) * (SIDE + HEADING)
        overlays = [maps[method][number] for method in METHODS]
        picture = _lay_out(np.asarray(images[case["row"]]), overlays, masks.get(case["image_id"]))
        bottom = top + HEADING + SIDE
        place_on = (left, left + 3 * SIDE, bottom, bottom - SIDE)
        axes.imshow(picture, extent=place_on, interpolation="nearest")
        _write_heading(axes, left, top, case)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.set_axis_off()
    return figure


def _write_heading(axes: Axes, left: float, top: float, case: Mapping[Any, Any]) -> None:
    true, predicted = (case[key].replace("_", " ") for key in ("label", "predicted"))
    wrong = case["label"] != case["predicted"]
    said = f"{true}, taken for {predicted}" if wrong else true
    axes.text(left, top + HEADING - 0.04, said, va="bottom", fontsize=10, parse_math=False)
    share = f"{case['probability']:.0%}"
    end = left + 3 * SIDE
    axes.text(end, top + HEADING - 0.04, share, va="bottom", ha="right", fontsize=10, color=MUTED)


def _lay_out(
    image: np.ndarray, overlays: Sequence[np.ndarray], mask: np.ndarray | None
) -> np.ndarray:
    """Lay image and overlays side by side, `uint8` `(PIXELS, 3 * PIXELS, 3)`."""
    colors = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    picture = _shrink(np.ascontiguousarray(colors))
    # Colors of a map cannot be told from those of an image.
    gray = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    tiles = [picture, *(_blend(gray, overlay) for overlay in overlays)]
    if mask is not None:
        line = _outline(mask)
        for tile in tiles:
            tile[line] = OUTLINE
    return np.concatenate(tiles, axis=1)


def _blend(gray: np.ndarray, overlay: np.ndarray) -> np.ndarray:
    values = np.maximum(overlay, 0)
    values = values / max(float(values.max()), 1e-9)
    small = Image.fromarray(np.ascontiguousarray(values, np.float32))
    picture = small.resize((PIXELS, PIXELS), Image.Resampling.BILINEAR)
    heat = np.clip(np.asarray(picture), 0, 1)
    share = STRENGTH * heat[..., None]
    plain = gray // (256 // SHADES) * (256 // SHADES)
    colors = 255 * HEAT(0.2 + 0.8 * heat)[..., :3]
    mixed: np.ndarray = np.rint((1 - share) * plain + share * colors).astype(np.uint8)
    return mixed


def _outline(mask: np.ndarray) -> np.ndarray:
    large = Image.fromarray(mask.astype(np.uint8)).resize(
        (PIXELS, PIXELS), Image.Resampling.NEAREST
    )
    inside = np.asarray(large) > 0
    line: np.ndarray = inside & ~binary_erosion(inside)
    return line


def _shrink(colors: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(colors).resize((PIXELS, PIXELS), Image.Resampling.BILINEAR)
    shrunk: np.ndarray = np.array(picture)
    return shrunk
