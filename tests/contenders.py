"""Versions with the record of an evaluation, for tests of what is judged of them."""

import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.contenders import Contender, Evidence
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.assessment.scores import score_with_intervals
from brain_tumor_kedro.tasks import TUMOR_TYPE, Task

RESAMPLING = ResamplingSettings(draws=200)
NONE = pd.DataFrame({"baseline": [], "split": []})


def predict(
    wrong: int = 0, fingerprint: str = "mine", task: Task = TUMOR_TYPE, groups: int = 30
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of three images of every group in `val` and `test`, the first `wrong` ones wrong.

    Returns:
        Predictions, and a manifest; a group is a patient.
    """
    classes, rows = task.classes, []
    for split in ("val", "test"):
        for place in range(groups * 3):
            group = place // 3
            label = classes[group % len(classes)]
            said = classes[(group + (place < wrong)) % len(classes)]
            shares = {f"p_{name}": 0.97 if name == said else 0.03 / (len(classes) - 1)
                      for name in classes}  # fmt: skip
            image = {"image_id": f"{split}/{place}", "split": split, "group_id": f"{split}{group}"}
            rows.append({**image, "label": label, "predicted": said, **shares})
    table = pd.DataFrame(rows)
    manifest = table[["image_id", "split", "label", "group_id"]].assign(
        patient_id=table["group_id"], source="figshare", status="kept", row=np.arange(len(table)),
        pixel_hash=table["image_id"], packed_hash=table["image_id"],
    )  # fmt: skip
    predictions = table.drop(columns="group_id")
    predictions.attrs |= {"fingerprint": fingerprint, "manifest_digest": "data"}
    return predictions, manifest


def make_guard(flagged: float | None, fingerprint: str = "mine") -> dict:
    """What was found of a guard; without a threshold it flags nothing."""
    share = None if flagged is None else {"value": flagged, "low": 0.0, "high": 0.5}
    good = {split: {"n": 90, "flagged": share} for split in ("val", "test")}
    threshold = None if flagged is None else 1.0
    return {"threshold": threshold, "good": good, "fingerprint": fingerprint,
            "foreign_auroc": {"val": 0.99, "test": 0.5}}  # fmt: skip


def contend(number="2", wrong=0, task=TUMOR_TYPE, groups=30, **changes) -> Contender:
    """A version that passes every gate, but for what is changed."""
    fingerprint = changes.pop("fingerprint", f"f{number}")
    digest = changes.get("manifest_digest", "data")
    predictions, manifest = predict(wrong, fingerprint, task, groups)
    predictions.attrs["manifest_digest"] = digest
    evidence = Evidence(
        manifest=manifest,
        predictions=predictions,
        scores=score_with_intervals(predictions, NONE, manifest, task, RESAMPLING),
        curation={"crossings": {}, "split_strategy": "group", "manifest_digest": digest},
        training={"temperature": {"note": ""}},
        guard=make_guard(0.01, fingerprint),
    )
    changed = {key: changes.pop(key) for key in Evidence._fields if key in changes}
    about = {
        "manifest_digest": "data",
        "phantom": False,
        "evidence": evidence._replace(**changed),
    }
    return Contender(number, fingerprint, **(about | changes))
