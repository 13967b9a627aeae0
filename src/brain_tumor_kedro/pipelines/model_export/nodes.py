"""Nodes of model export: from a classifier to files that others run."""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment import export_facts
from brain_tumor_kedro.assessment.parity import Allowed, judge
from brain_tumor_kedro.imaging.manifest import digest_manifest, kept
from brain_tumor_kedro.imaging.packing import require_same_images
from brain_tumor_kedro.modelling.export_settings import NAMES, ExportSettings, Format
from brain_tumor_kedro.tasks import TASKS

logger = logging.getLogger(__name__)

#: A `keras.Model`. Kedro reads the types of nodes, and Keras takes seconds to import.
Classifier = Any

#: By format, its files by their paths in the folder of exports.
Converted = dict[Format, dict[str, bytes]]

#: The original among the formats.
ORIGINAL = "keras"
#: Images per call where throughput is measured.
BATCH = 32


def convert_classifier(
    classifier: Classifier,
    training_summary: dict[str, Any],
    images: np.ndarray,
    manifest: pd.DataFrame,
    settings: ExportSettings,
    task: str,
) -> Converted:
    """Convert the classifier to every format, with what is known of it inside."""
    from brain_tumor_kedro.modelling.conversion import convert, require_packages
    from brain_tumor_kedro.modelling.export_trial import choose_calibration
    from brain_tumor_kedro.modelling.lineage import require_trained_on

    require_packages(settings.formats)
    require_same_images(images, manifest)
    require_trained_on(classifier, training_summary, digest_manifest(manifest))
    tracking.log_tags({name: training_summary[name] for name in ("fingerprint", "manifest_digest")})
    facts = export_facts.state_facts(training_summary, TASKS[task], images.shape[1])
    chosen = choose_calibration(kept(manifest), settings.calibration_images, settings.seed)
    calibration = np.array(images[chosen["row"].to_numpy(dtype=np.int64)])
    converted: Converted = {}
    for kind in settings.formats:
        logger.info("Converting the classifier to %s", kind)
        converted[kind] = convert(classifier, kind, facts, calibration)
    return converted


def judge_exports(
    classifier: Classifier,
    converted: Converted,
    images: np.ndarray,
    manifest: pd.DataFrame,
    settings: ExportSettings,
    task: str,
) -> pd.DataFrame:
    """Hold every format against the original; stop where one is wrong."""
    from brain_tumor_kedro.modelling.conversion import count_keras_bytes
    from brain_tumor_kedro.modelling.export_trial import choose_judged, predict_with
    from brain_tumor_kedro.modelling.exported import count_threads, open_exported

    threads = count_threads()
    ways: dict[str, Any] = {ORIGINAL: predict_with(classifier)}
    ways |= {kind: open_exported(kind, files, threads) for kind, files in converted.items()}
    chosen = choose_judged(kept(manifest), settings.judged_images, settings.seed)
    table = _try_all(ways, images, chosen, settings, TASKS[task].classes)
    sizes: dict[str, int] = {ORIGINAL: count_keras_bytes(classifier)}
    sizes |= {kind: sum(map(len, files.values())) for kind, files in converted.items()}
    table.insert(1, "file", table["format"].map(NAMES))
    table.insert(2, "bytes", table["format"].map(sizes))
    table = table.assign(**_measure(ways, images, chosen, settings.seconds), threads=threads)
    logger.info("\n%s", table.to_string(index=False, float_format="%.4g"))
    return table


def assemble_exports(
    converted: Converted,
    summary: pd.DataFrame,
    training_summary: dict[str, Any],
    images: np.ndarray,
    task: str,
) -> Iterator[tuple[str, bytes]]:
    """Put together what holds, with a page that says what it is."""
    facts = export_facts.state_facts(training_summary, TASKS[task], images.shape[1])
    return export_facts.list_files(converted, summary, facts)


def _try_all(
    ways: dict[str, Any],
    images: np.ndarray,
    chosen: pd.DataFrame,
    settings: ExportSettings,
    classes: tuple[str, ...],
) -> pd.DataFrame:
    """Let all formats answer the same images: a row for each."""
    from brain_tumor_kedro.modelling.export_trial import try_out

    rows = chosen["row"].to_numpy(dtype=np.int64)
    labels = chosen["label"].map({label: n for n, label in enumerate(classes)}).to_numpy()
    allowed, trials, table = _allow(settings), {}, []
    for name, predict in ways.items():
        logger.info("%s images are answered by %s", f"{len(rows):,}", name)
        trials[name] = try_out(predict, images, rows)
        row = judge(name, trials[ORIGINAL], trials[name], labels, allowed[name])
        if row["reason"]:
            logger.warning("%s is left out: %s.", name, row["reason"])
        table.append(row)
    return pd.DataFrame(table).assign(split=chosen["split"].iloc[0])


def _allow(settings: ExportSettings) -> dict[str, Allowed]:
    """What may differ: nothing but rounding, and of what is rounded on purpose a little."""
    exact = Allowed(settings.tolerance, None, None, required=True)
    lost = settings.accuracy_tolerance
    return {
        ORIGINAL: exact,
        "onnx": exact,
        "saved_model": exact,
        "float32": exact,
        "float16": Allowed(None, settings.float16_tolerance, lost, required=False),
        "int8": Allowed(None, None, lost, required=False),
    }


def _measure(
    ways: dict[str, Any], images: np.ndarray, chosen: pd.DataFrame, seconds: float
) -> dict[str, Any]:
    """Images per second of every format, one at a time and many."""
    from brain_tumor_kedro.modelling.throughput import measure

    if not seconds:
        return {"images_per_second_single": None, "images_per_second_batch": None, "batch": BATCH}
    logger.info("Throughput is measured")
    shown = np.array(images[chosen["row"].to_numpy(dtype=np.int64)[:BATCH]])
    rates = {size: measure(ways, shown, size, seconds) for size in (1, BATCH)}
    return {
        "images_per_second_single": list(rates[1].values()),
        "images_per_second_batch": list(rates[BATCH].values()),
        "batch": BATCH,
    }
