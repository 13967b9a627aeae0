"""What happens around a run: nothing that a pipeline's result depends on."""

import atexit
import logging
import time
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines, settings
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pydantic import ValidationError

from brain_tumor_kedro.closing import (
    PLACES,
    find_path,
    say_curation,
    say_evaluation,
    say_inference,
)
from brain_tumor_kedro.modelling.families import expand_families
from brain_tumor_kedro.serving.in_short import in_short
from brain_tumor_kedro.serving.inference_settings import InferenceSettings
from brain_tumor_kedro.studies.search_space import Studies, holds_password
from brain_tumor_kedro.tasks import TASKS
from brain_tumor_kedro.termination import heed_termination, ignore_termination

logger = logging.getLogger(__name__)


#: A model that can be named where one is asked for.
MODEL = "models:/brain_tumor_tumor_type@champion"

#: Parameters that are text, and never empty where they are given: what they say.
TEXTS = {
    **dict.fromkeys(PLACES, "the path of a folder"),
    "input": "the path of a folder",
    "model": f"a registered model, such as {MODEL}, or the folder of a bundle,",
}

#: What a study reads of its task.
CURATED = ("images", "manifest", "curation_summary")


class ProjectHooks:
    """Refuse what cannot be meant, copy results into MLflow, and say at the end where they are."""

    def __init__(self) -> None:
        """Nothing has run yet."""
        self._seconds: dict[str, float] = {}
        self._renamed: dict[str, str] = {}
        self._runs = False

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse parameters that nothing reads: a typo would leave the default in force."""
        loader: Any = context.config_loader
        if loader.runtime_params:
            configured = type(loader)(
                conf_source=loader.conf_source, env=loader.env, **settings.CONFIG_LOADER_ARGS
            )
            parameters = configured["parameters"]
            known = {*_flatten_keys(parameters), *_recipe_keys(parameters), *PLACES}
            _require_known(_flatten_keys(loader.runtime_params), known)
            _require_texts(loader.runtime_params)
            _require_no_password(loader.runtime_params)
            if "inference" in loader.runtime_params:
                _require_inference(loader["parameters"]["inference"])

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Note the code that runs; say what to run before, or in which environment."""
        from brain_tumor_kedro import tracking

        self._runs = True
        # Kedro tells no hook of Ctrl-C. Registered after MLflow's own, it is called before.
        atexit.register(self._end_interrupted)
        heed_termination()
        tracking.find_revision()
        needed = "params:sample.seed"
        if needed in pipeline.inputs() and needed not in catalog:
            raise ValueError(
                "The sample is written in its own environment, apart from real data: kedro run "
                "--env sample --pipelines sample"
            )
        if "inference.images" in pipeline.inputs():
            _require_asked(catalog)
        if "params:study" in pipeline.inputs():
            catalog.load("params:studies").choose(catalog.load("params:study"))
        _require_made(pipeline, catalog, self._renamed)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Note that the run is over: what goes on in MLflow afterwards is not ours."""
        self._runs = False
        ignore_termination()

    def _end_interrupted(self) -> None:
        if self._runs:
            from brain_tumor_kedro import tracking

            tracking.end_interrupted()

    @hook_impl
    def after_catalog_created(self, catalog: DataCatalog, parameters: dict[str, Any]) -> None:
        """Remember the catalog: the hooks around datasets are told names alone."""
        self._catalog = catalog
        self._renamed = _point_study(catalog, parameters["parameters"])

    @hook_impl
    def before_node_run(self) -> None:
        """Look at the clock."""
        self._began = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Remember how long the node took."""
        self._seconds[node.name] = round(time.perf_counter() - self._began, 1)

    @hook_impl
    def on_node_error(self, error: Exception, node: Node) -> None:
        """Say what the pipelines of this task are called, where an error names one to run."""
        task = TASKS.get((node.namespace or "").partition(".")[0])
        if task and task.prefix and "--pipelines" in str(error):
            name = f"{task.prefix}evaluation"
            error.add_note(
                f"The pipelines of {task.name} begin with {task.prefix}: for evaluation say {name}."
            )

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Log a saved file to MLflow where its catalog entry has `metadata: {mlflow: <folder>}`."""
        dataset = self._catalog.get(dataset_name)
        folder = (getattr(dataset, "metadata", None) or {}).get("mlflow")
        if folder is not None:
            from brain_tumor_kedro import tracking

            tracking.log_file(find_path(self._catalog, dataset_name), folder)

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Say what was reached on which data, and where everything lies."""
        self._runs = False
        ignore_termination()
        if "inference.summary" in pipeline.outputs():
            logger.info("\n%s", "\n".join(say_inference(catalog)))
        for task in TASKS:
            if f"{task}.curation_summary" in pipeline.all_outputs():
                seconds = _seconds_up_to(f"{task}.curation_summary", pipeline, self._seconds)
                logger.info("\n%s", "\n".join(say_curation(task, catalog, seconds)))
            if f"{task}.report" in pipeline.outputs():
                logger.info("\n%s", "\n".join(say_evaluation(task, run_params, catalog)))


def _seconds_up_to(name: str, pipeline: Pipeline, seconds: Mapping[str, float]) -> dict[str, float]:
    """How long each node that a dataset rests on took, by its name without the task's."""
    nodes = [node.name for node in pipeline.to_outputs(name).nodes]
    return {node.rpartition(".")[2]: seconds[node] for node in nodes if node in seconds}


def _flatten_keys(parameters: Mapping[str, Any], prefix: str = "") -> set[str]:
    """Every key with all keys above it, such as `tumor_type` and `tumor_type.recipe`."""
    keys = set()
    for key, value in parameters.items():
        keys.add(f"{prefix}{key}")
        if isinstance(value, Mapping):
            keys |= _flatten_keys(value, f"{prefix}{key}.")
    return keys


def _recipe_keys(parameters: Mapping[str, Any]) -> set[str]:
    """The recipes that families make, which are written nowhere."""
    return {f"recipes.{name}" for name in expand_families(parameters.get("recipes", {}))}


def _require_known(given: set[str], known: set[str]) -> None:
    unknown = sorted(key for key in given - known if not _checks_itself(key, given, known))
    if unknown:
        close = get_close_matches(unknown[0], known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ValueError(f"There is no parameter {unknown[0]}.{hint}")


def _checks_itself(key: str, given: set[str], known: set[str]) -> bool:
    """Whether what the key belongs to knows by itself what it can be told."""
    study = ".".join(key.split(".")[:2])
    return (key.startswith("studies.") and study in known) or _is_of_a_recipe(key, given, known)


def _is_of_a_recipe(key: str, given: set[str], known: set[str]) -> bool:
    """What stands below a recipe is checked by the recipe, which also knows what it leaves out."""
    recipe = ".".join(key.split(".")[:2])
    new = f"{recipe}.backbone" in given
    return key.startswith("recipes.") and (recipe in known or new)


def _require_texts(given: Mapping[str, Any]) -> None:
    """Refuse what is given and empty, or what Kedro read as a number or as nothing."""
    for name, what in TEXTS.items():
        if name in given and not _is_text(given[name]):
            raise ValueError(f"Expected {what} as {name}, found {given[name]!r}.")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _require_asked(catalog: DataCatalog) -> None:
    """Stop where an inference is not told of which images, or what answers."""
    for name in ("input", "model"):
        if not _is_text(catalog.load(f"params:{name}")):
            raise ValueError(
                f"Expected {TEXTS[name]} as {name}, found none. Say: kedro run --pipeline "
                f"inference --params input=DIR,model={MODEL}"
            )
    # Loading a model takes long.
    catalog.load("inference.images").require_images()


def _require_inference(given: Any) -> None:
    """Say what is wrong in short; Kedro would show all that pydantic has to say."""
    try:
        InferenceSettings.model_validate(given)
    except ValidationError as error:
        said = in_short(error).replace("\n", "\n  inference.")
        raise ValueError(f"Expected other parameters:\n  inference.{said}") from None


def _require_no_password(given: Mapping[str, Any]) -> None:
    """Stop before MLflow, which notes every parameter of a run, writes a password down."""
    for key, value in given.items():
        if isinstance(value, Mapping):
            _require_no_password(value)
        elif isinstance(value, str) and holds_password(value):
            raise ValueError(
                f"Expected {key} without a password, which would end up in logs: give "
                "postgresql://user@host/database, and the password in the environment variable "
                "PGPASSWORD or in ~/.pgpass."
            )


def _point_study(catalog: DataCatalog, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Let a study read what was curated for its task: no configuration knows that of another.

    Returns:
        By the study's name for a dataset, the task's.
    """
    # What else is wrong with a study is told where studies are run, and stops no other pipeline.
    studies = parameters.get("studies") or {}
    if isinstance(studies, Studies):  # as Kedro hands them to the pipeline that runs them
        studies = studies.model_dump()
    study = studies.get(parameters.get("study"))
    task = study.get("task") if isinstance(study, Mapping) else None
    renamed = {f"study.{name}": f"{task}.{name}" for name in CURATED} if task in TASKS else {}
    for name, original in renamed.items():
        catalog[name] = catalog.get(original)
    return renamed


def _require_made(
    pipeline: Pipeline, catalog: DataCatalog, renamed: Mapping[str, str] | None = None
) -> None:
    """Stop where another pipeline has to run first, rather than at a file that is not there."""
    for name in sorted((renamed or {}).get(name, name) for name in pipeline.inputs()):
        makers = [key for key, other in pipelines.items() if name in other.all_outputs()]
        place = getattr(catalog.get(name), "_filepath", None)
        if makers and place and not catalog.exists(name):
            maker = min(makers, key=lambda key: len(pipelines[key].nodes))
            raise ValueError(
                f"Expected {name} in {place}, found nothing. Run before: kedro run "
                f"{_way_to_make(name, pipelines[maker], catalog) or f'--pipelines {maker}'}; or "
                "name the folder in which that was done, --params data_dir=…"
            )


def _way_to_make(name: str, maker: Pipeline, catalog: DataCatalog) -> str:
    """The one node that is left to run, where everything it needs is there; else nothing."""
    (node,) = maker.only_nodes_with_outputs(name).nodes
    files = [key for key in node.inputs if not key.startswith("params:")]
    return f"--nodes {node.name}" if all(catalog.exists(key) for key in files) else ""
