"""How far the checks are from real slices: python tests/benchmarks/quality.py RAW_DIR [SHEET]

Inspects every file below RAW_DIR and prints, for each check, the extreme value that a slice which
passed all of them reaches against the limit; the images rejected and flagged by source; how many
values are clipped; and how many generated things that are no brain slices are rejected or flagged,
20 at a time among the real ones. With SHEET, a path, the images that score highest are drawn there.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from strangers import KINDS

from brain_tumor_kedro.datasets import FigshareDataset, ImageFolderDataset
from brain_tumor_kedro.datasets.source import SourceFile
from brain_tumor_kedro.imaging import content
from brain_tumor_kedro.imaging.manifest import build_manifest, decoded
from brain_tumor_kedro.imaging.outliers import OutlierSettings, flag_outliers, score_outliers
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.quality import inspect_file, to_gray
from brain_tumor_kedro.imaging.similarity import thumbnail

PARALLEL = ParallelSettings()
NUMBER = 20
LABELS = {
    "glioma": ["glioma", "glioma_tumor"],
    "meningioma": ["meningioma", "meningioma_tumor"],
    "pituitary": ["pituitary", "pituitary_tumor"],
    "no_tumor": ["no", "no_tumor", "notumor", "normal", "healthy"],
}
#: From what is measured to its check, its limit, and whether the limit is the least allowed.
LIMITS = {
    "shorter side, pixels": ("too_small", content.MIN_SIDE, True),
    "long by short side": ("extreme_aspect", content.MAX_ASPECT, False),
    "color difference": ("not_gray", content.MAX_COLOR, False),
    "colored pixels": ("not_gray", content.MAX_COLORED, False),
    "gray deviation": ("blank", content.BLANK_DEVIATION, True),
    "content": ("nearly_blank", content.MIN_CONTENT, True),
    "solid blocks": ("text_only", content.MAX_SOLID, True),
}


def measure_file(file: SourceFile) -> tuple[float, ...]:
    """Everything that the checks look at, in the order of `LIMITS`; NaN for a broken file."""
    try:
        pixels = file.decode(file.path.read_bytes()).pixels
    except (OSError, ValueError):
        return (np.nan,) * len(LIMITS)
    gray = to_gray(pixels)
    short, long = sorted(gray.shape)
    histogram = content.count_grays(gray)
    color = content.measure_color(pixels) if pixels.ndim == 3 else (0.0, 0.0)
    share = content.measure_content(histogram)
    solid = content.measure_solid(gray, histogram)
    return short, long / short, *color, content.measure_deviation(histogram), share, solid


def list_files(raw_dir: Path) -> list[SourceFile]:
    """The files of both kinds of sources."""
    figshare = FigshareDataset(path=str(raw_dir / "figshare")).load()
    kaggle = ImageFolderDataset(path=str(raw_dir / "kaggle"), labels=LABELS).load()
    return sorted((*figshare.files, *kaggle.files), key=lambda file: file.image_id)


def inspect(files: list[SourceFile]) -> tuple[pd.DataFrame, np.ndarray]:
    """The manifest with scores, and the thumbnails."""
    started = time.perf_counter()
    found = list(map_files(inspect_file, files, PARALLEL, "Reading images"))
    say(f"inspected {len(found)} files in {time.perf_counter() - started:.1f} s")
    thumbnails = np.stack([inspection.thumbnail for inspection in found])
    manifest = build_manifest(inspection.row for inspection in found)
    started = time.perf_counter()
    flagged = flag_outliers(manifest, thumbnails, OutlierSettings())
    say(f"scored them in {time.perf_counter() - started:.1f} s\n")
    return flagged, thumbnails


def print_limits(files: list[SourceFile], good: np.ndarray) -> None:
    """The extreme of the images that passed, against each limit."""
    measured = map_files(measure_file, files, PARALLEL, "Measuring")
    table = pd.DataFrame(list(measured), columns=list(LIMITS))[good]
    for name, (reason, limit, least) in LIMITS.items():
        values = table[name].quantile([0, 0.001, 0.999, 1]).round(4).tolist()
        extreme = values[:2] if least else values[:1:-1]
        side = "at least" if least else "at most"
        say(f"{reason:15} {name:21} {side} {limit:<5g} real extreme, 1 in 1,000: {extreme}")


def print_strangers(thumbnails: np.ndarray, kind: str, draw: Callable[..., np.ndarray]) -> None:
    """How many of one kind are rejected by a check, or flagged among the real images."""
    drawn = [np.ascontiguousarray(draw(np.random.default_rng(seed))) for seed in range(NUMBER)]
    faults = [content.find_fault(pixels, to_gray(pixels)) for pixels in drawn]
    images = np.concatenate([thumbnails, [thumbnail(to_gray(pixels)) for pixels in drawn]])
    scores = score_outliers(images, np.arange(len(images)))[-NUMBER:]
    over = scores > OutlierSettings().score
    caught = [bool(fault) or flag for fault, flag in zip(faults, over, strict=True)]
    reasons = ", ".join(sorted({fault[0] for fault in faults if fault})) or "-"
    rejected = np.mean([bool(fault) for fault in faults])
    say(
        f"{kind:17} rejected {rejected:4.0%} ({reasons}), score over the limit {over.mean():4.0%}, "
        f"either {np.mean(caught):4.0%}; lowest score {scores.min():.1f}"
    )


def draw_sheet(
    manifest: pd.DataFrame, thumbnails: np.ndarray, path: str, columns: int = 16
) -> None:
    """The images that score highest, from the left."""
    order = manifest["outlier_score"].sort_values(ascending=False).index[: columns * 6]
    rows = [np.hstack(thumbnails[order[at : at + columns]]) for at in range(0, len(order), columns)]
    Image.fromarray(np.vstack(rows)).save(path)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def main(raw_dir: str, sheet: str | None = None) -> None:
    """Print the whole calibration."""
    files = list_files(Path(raw_dir))
    manifest, thumbnails = inspect(files)
    good = manifest["reason"].isna().to_numpy()
    print_limits(files, good)
    clipped = manifest["detail"].fillna("").str.contains("clipped")
    say(f"\nrejected: {manifest['reason'].value_counts().to_dict()}; clipped: {clipped.sum()}")
    flagged = manifest[manifest["flag"].notna()]
    scores = manifest["outlier_score"]
    say(f"scores at 50, 99, 99.5, 100%: {scores.quantile([0.5, 0.99, 0.995, 1]).tolist()}")
    say(f"flagged: {len(flagged)} ({len(flagged) / good.sum():.2%})")
    say(f"of these {flagged['source'].value_counts().to_dict()}\n")
    shown = thumbnails[decoded(manifest).index]
    for kind, draw in KINDS.items():
        print_strangers(shown, kind, draw)
    if sheet:
        draw_sheet(manifest, thumbnails, sheet)


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    main(*sys.argv[1:])
