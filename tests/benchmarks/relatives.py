"""How well likeness stands in for patient ids: python tests/benchmarks/relatives.py FIGSHARE_DIR

Compares the slices of Figshare's `.mat` files, whose patients are known, as if they were not. For
each threshold of `similarity.relative_local` it prints how many pairs are joined, how many of them
are of different patients, how many groups that makes and how many patients the largest one mixes,
and how many pairs of slices of one patient, and how many slices, the threshold leaves apart.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from brain_tumor_kedro.datasets import FigshareDataset
from brain_tumor_kedro.imaging.copy_search import SimilaritySettings
from brain_tumor_kedro.imaging.grouping import connect
from brain_tumor_kedro.imaging.manifest import build_manifest
from brain_tumor_kedro.imaging.parallel import ParallelSettings, map_files
from brain_tumor_kedro.imaging.quality import inspect_file
from brain_tumor_kedro.imaging.similar_pairs import find_similar_pairs

PAIR = ["image_a", "image_b"]
THRESHOLDS = (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90)


def main(folder: Path) -> None:
    files = sorted(FigshareDataset(path=str(folder)).load().files, key=lambda file: file.image_id)
    found = list(map_files(inspect_file, files, ParallelSettings(), "Reading slices"))
    manifest = build_manifest(inspection.row for inspection in found)
    thumbnails = np.stack([inspection.thumbnail for inspection in found])
    settings = SimilaritySettings(relative_local=min(THRESHOLDS))
    pairs = find_similar_pairs(manifest, thumbnails, settings)
    lines = list(tabulate(manifest.set_index("image_id")["patient_id"], pairs))
    sys.stdout.write(f"{len(manifest):,} slices\n{pd.DataFrame(lines).to_string(index=False)}\n")


def tabulate(patient: "pd.Series[str]", pairs: pd.DataFrame) -> Iterator[dict[str, float]]:
    sizes = patient.value_counts()
    within = (sizes * (sizes - 1) / 2).sum()
    for threshold in THRESHOLDS:
        joined = pairs[pairs["local_correlation"] >= threshold]
        mixed = joined["image_a"].map(patient) != joined["image_b"].map(patient)
        ids = pd.Series(patient.index)
        table = pd.DataFrame({"patient": patient, "group": connect(ids, joined[PAIR])})
        parts = table.groupby(["patient", "group"]).size()
        together = (parts * (parts - 1) / 2).sum()
        patients = table.groupby("group")["patient"].nunique()
        yield {
            "relative_local": threshold,
            "pairs joined": len(joined),
            "of different patients": f"{mixed.mean():.1%}",
            "groups": len(patients),
            "groups of several patients": int((patients > 1).sum()),
            "patients in the largest mix": int(patients.max()),
            "pairs of one patient left apart": f"{1 - together / within:.1%}",
            "slices apart from their patient's largest group": (
                f"{1 - parts.groupby('patient').max().sum() / len(patient):.1%}"
            ),
        }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
