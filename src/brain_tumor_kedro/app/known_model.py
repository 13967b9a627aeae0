"""The model that answers: fetched from the registry once, for everybody who opens the page."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brain_tumor_kedro.app.choices import Choices
from brain_tumor_kedro.app.training_images import TrainingImages, find_training_images
from brain_tumor_kedro.serving.answers import Answer, Answerer, AnswerSettings, Shown
from brain_tumor_kedro.serving.bundle import Bundle, is_bundle
from brain_tumor_kedro.serving.registered import load_registered

if TYPE_CHECKING:  # MLflow takes seconds to import
    from brain_tumor_kedro.registry import Version

#: How often prediction sets are to hold the true class, where a bundle offers several levels.
LEVEL = 0.9


class NoModelError(ValueError):
    """There is no model to ask; the message says what to run."""


@dataclass(frozen=True)
class KnownModel:
    """A model with all that the page says of it.

    Attributes:
        bundle: What it takes to answer.
        settings: How it answers.
        uri: What it was asked for by.
        name: Of the registered model; None for a bundle from elsewhere, like the number.
        number: Of the version.
        tags: Of the version.
        training: Its training images, where they are at hand.
    """

    bundle: Bundle
    settings: AnswerSettings
    uri: str
    name: str | None = None
    number: str | None = None
    tags: Mapping[str, str] | None = None
    training: TrainingImages | None = None

    def answer(self, shown: Shown) -> Answer:
        """Answer about one image; several threads may ask at once."""
        (answer,) = Answerer(self.bundle, self.settings).answer([shown])
        return answer


def load_model(choices: Choices) -> KnownModel:
    """Load the first model of the choices that there is.

    Args:
        choices: What the page was started with.

    Returns:
        The model, ready to answer.

    Raises:
        NoModelError: Where there is none.
        ValueError: Where there is one that cannot be loaded; another one does not step in.
    """
    if is_bundle(choices.models[0]):
        uri, version = choices.models[0], None
        bundle = Bundle.load(uri)
    else:
        _require_registry(choices)
        from brain_tumor_kedro import tracking

        uri, version = _find_version(choices.models)
        folder = tracking.fetch_bundle(version.uri)
        bundle = load_registered(folder, version.uri, version.tags)
    bundle.warm_up()
    return _complete(bundle, uri, choices, version)


def _find_version(uris: Sequence[str]) -> tuple[str, "Version"]:
    """The first version that there is, and how it was asked for."""
    from brain_tumor_kedro import registry

    problems = []
    for uri in uris:
        try:
            return uri, registry.find_by_uri(uri)
        except ValueError as error:
            problems.append(str(error))
    raise NoModelError(
        f"{problems[0]} Make one: make run (on generated phantoms), or train and promote on your "
        "own data: kedro run, kedro run --pipelines promotion"
    )


def _require_registry(choices: Choices) -> None:
    """Stop before MLflow makes an empty registry where there is none."""
    own = os.environ.get("MLFLOW_TRACKING_URI", choices.registry) == choices.registry
    if own and not choices.has_registry:
        raise NoModelError(
            f"Expected a registered model, found no registry below {choices.data_dir}. Make one: "
            "make run (on generated phantoms), or name the folder of your own runs: make app "
            "DATA_DIR=…"
        )


def _complete(bundle: Bundle, uri: str, choices: Choices, version: "Version | None") -> KnownModel:
    facts = bundle.facts
    level = LEVEL if LEVEL in facts.levels else max(facts.levels)
    return KnownModel(
        bundle=bundle,
        settings=AnswerSettings(level=level, heat_maps=True, batch_size=1),
        uri=uri,
        name=version.name if version else None,
        number=version.number if version else None,
        tags=version.tags if version else None,
        training=find_training_images(choices.data_dir, facts.task, facts.manifest_digest),
    )
