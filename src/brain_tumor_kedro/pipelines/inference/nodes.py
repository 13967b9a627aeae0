"""Nodes of inference: from a folder of images and a registered model to answers and a page."""

import json
from pathlib import Path
from typing import Any

from brain_tumor_kedro import registry, tracking
from brain_tumor_kedro.datasets.image_collection_dataset import ImageCollection
from brain_tumor_kedro.serving.answer_folder import SUMMARY, AnswerFolder
from brain_tumor_kedro.serving.answering import answer_files, require_gray
from brain_tumor_kedro.serving.bundle import Bundle
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.serving.model_facts import describe_model, name_version
from brain_tumor_kedro.serving.registered import load_registered


def load_model(model: str, settings: InferenceSettings) -> tuple[Bundle, dict[str, Any]]:
    """Fetch the model that answers, and what is known of it."""
    version = registry.find_registered(model)
    # By its number: an alias may move at any time.
    folder = tracking.fetch_bundle(version.uri if version else model)
    bundle = load_registered(folder, version.uri, version.tags) if version else Bundle.load(folder)
    require_gray(bundle.facts)
    _tag_run(model, version, bundle)
    registered = version._asdict() if version else {}
    return bundle, describe_model(
        bundle.facts, settings.level, bundle.guard is not None, registered
    )


def _tag_run(model: str, version: registry.Version | None, bundle: Bundle) -> None:
    names = ("task", "fingerprint", "manifest_digest", "phantom")
    tags = {name: getattr(bundle.facts, name) for name in names}
    number = {"model_version": version.number} if version else {}
    tracking.log_tags({"model": model, **number, **tags})


def answer_images(
    images: ImageCollection, bundle: Bundle, model: dict[str, Any], settings: InferenceSettings
) -> AnswerFolder:
    """Answer about every image; that happens while the answers are written."""
    images.require_images()
    about = tracking.describe_run()
    about |= {"command": name_version(about["command"], model["facts"])}
    page = {"title": f"{bundle.task.title}: answers", "model": model, "about": about}
    return answer_files(images, bundle, settings, page)


def summarize_answers(answers: Path, model: dict[str, Any]) -> dict[str, Any]:
    """Count the answers for whoever looks at the run: no name of a file is among it."""
    counts = json.loads((answers / SUMMARY).read_text())
    tracking.log_scores({"answers": counts})
    return {**counts, "model": model["facts"], "phantom": model["phantom"]}
