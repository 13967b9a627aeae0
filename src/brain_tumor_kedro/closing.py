"""What a run ends with in the log: what was reached, on which data, and where everything lies."""

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kedro.io import DataCatalog

from brain_tumor_kedro.tasks import EXTERNAL, TASKS, note_data

#: Parameters of a run that no configuration names: they are written out in the catalog.
PLACES = ("raw_dir", "data_dir")

#: What patients' answers are to beat, in `patient_scores`.
ALWAYS = "always_positive"

#: What a curation leaves, by the word that the log has for it.
RESULTS = {
    "Manifest": "manifest",
    "Images": "images",
    "Cohort": "cohort",
    "Conflicts": "label_conflicts",
    "Report": "curation_report",
}


def find_path(catalog: DataCatalog, name: str) -> Path:
    """Where the file of a dataset lies, its newest version."""
    dataset: Any = catalog.get(name)
    return Path(dataset._get_load_path())


def say_curation(task: str, catalog: DataCatalog, seconds: Mapping[str, float]) -> Iterator[str]:
    """Say what came in, what was kept, and where that lies.

    Args:
        task: The task's name.
        catalog: Of the run.
        seconds: How long each node took, by its name.

    Returns:
        Lines for the log.
    """
    from brain_tumor_kedro.assessment.closing_table import tabulate_curation

    summary = catalog.load(f"{task}.curation_summary")
    if note := note_data(summary["phantom"]):
        yield note
    stages = {name: s for name, s in seconds.items() if s >= 1}
    yield from tabulate_curation({**summary, "seconds_by_stage": stages})
    for word, name in RESULTS.items():
        if catalog.exists(f"{task}.{name}"):
            yield f"{word:<10}{find_path(catalog, f'{task}.{name}')}"


def say_evaluation(task: str, run_params: dict[str, Any], catalog: DataCatalog) -> Iterator[str]:
    """Say what was reached on which data, and where everything lies.

    Args:
        task: The task's name.
        run_params: As Kedro hands them to hooks.
        catalog: Of the run.

    Returns:
        Lines for the log.
    """
    import mlflow

    from brain_tumor_kedro.assessment.words import WORDS

    names = ("metrics", "training_summary", "curation_summary")
    metrics, summary, curation = (catalog.load(f"{task}.{name}") for name in names)
    test, phantom = metrics["test"], summary["phantom"]
    images = WORDS[TASKS[task].unit].images
    yield f"Recipe    {summary['recipe_name']}, trained in {summary['seconds']:.0f} s"
    interval = _interval(catalog.load(f"{task}.scores_table"))
    reached = f"{test['accuracy']:.3f}{interval} on {test['n']} test {images}"
    yield f"Accuracy  {reached}, {_split(task, curation)}"
    if TASKS[task].unit == "patient" and catalog.exists(f"{task}.patient_scores"):
        chosen = catalog.load(f"{task}.patients")["settings"]["strategy"]
        scores = catalog.load(f"{task}.patient_scores")
        yield from _patient_lines(scores, chosen, TASKS[task].positive)
    if external := metrics.get(EXTERNAL):
        count = f"{external['n']} {images}"
        yield f"External  {external['accuracy']:.3f} on {count} of held-out sources"
    yield f"Data      {note_data(phantom) or ', '.join(curation['sources'])}"
    yield f"Registry  {_say_version(task, run_params, catalog)}"
    yield f"Report    {find_path(catalog, f'{task}.report')}"
    yield f"Model     {find_path(catalog, f'{task}.classifier')}"
    yield f"Kedro-Viz {_program('kedro')} viz run{_options(run_params)}"
    yield f"MLflow    {_say_store(mlflow.get_tracking_uri())}"


def _say_store(uri: str) -> str:
    """How runs are looked at: a server shows them itself."""
    served = uri.startswith(("http://", "https://"))
    return uri if served else f"{_program('mlflow')} ui --backend-store-uri {uri}"


def _say_version(task: str, run_params: dict[str, Any], catalog: DataCatalog) -> str:
    """Under which name the classifier is registered, and how it becomes champion."""
    registration = catalog.load(f"{task}.registration")
    if registration["version"] is None:
        return "not registered: trained without an MLflow run"
    promote = f"{_program('kedro')} run{_options(run_params)} --pipelines"
    name = f"{registration['name']} version {registration['version']}"
    return f"{name}; to make it champion: {promote} {TASKS[task].prefix}promotion"


def say_inference(catalog: DataCatalog) -> Iterator[str]:
    """Say how many images were answered about, and where the answers lie.

    Args:
        catalog: Of the run.

    Returns:
        Lines for the log.
    """
    summary = catalog.load("inference.summary")
    images, folder = summary["images"], find_path(catalog, "inference.answers")
    files = f"{summary['files']:,} file{'s' * (summary['files'] != 1)}"
    yield f"Images    {images:,} in {files}, {summary['answered']:,} answered"
    yield f"Review    {summary['needs_review']:,} should be looked at by a person"
    if note := note_data(summary["phantom"]):
        yield f"Trained   {note}"
    yield f"Page      {folder / 'page.html'}"
    yield f"Answers   {folder / 'answers.csv'} and answers.parquet beside it"


def _split(task: str, curation: Mapping[str, Any]) -> str:
    """What was kept whole when the images were split."""
    strategy, unit = curation["split_strategy"], TASKS[task].unit
    whole = unit if (unit, strategy) == ("patient", "group") else strategy
    return f"split by {whole}"


def _patient_lines(scores: Any, chosen: str, positive: tuple[str, ...]) -> Iterator[str]:
    """What is reached on test patients, beside what always saying the positive class would."""
    rows = scores.query("split == 'test' and level == 'patient'")
    names = {chosen: f"by {chosen} voting", ALWAYS: f"for always {positive[0]}"}
    for strategy, words in names.items():
        own = rows[rows["strategy"] == strategy].set_index("metric")
        said = [
            f"{name} {_share(own.loc[metric])}"
            for metric, name in (("accuracy", "accuracy"), ("f1", "F1"), ("auroc", "AUROC"))
            if metric in own.index
        ]
        if said:
            n = int(own["n"].iloc[0])
            yield f"Patients  {', '.join(said)} {words}, {n} test patients"


def _share(row: Any) -> str:
    known = row["low"] == row["low"]  # NaN is not equal to itself
    interval = f" ({row['low']:.3f} to {row['high']:.3f})" if known else ""
    return f"{row['value']:.3f}{interval}"


def _interval(scores: Any) -> str:
    """The interval of the classifier's accuracy on the test split, where it has one."""
    wanted = "split == 'test' and predictor == 'classifier' and label == 'all'"
    rows = scores.query(f"{wanted} and metric == 'accuracy'")[["low", "high"]].dropna()
    return "".join(f" ({low:.3f} to {high:.3f})" for low, high in rows.to_numpy())


def _program(name: str) -> str:
    """How to call a program of this environment, which need not be active."""
    path = Path(sys.executable).with_name(name)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _options(run_params: dict[str, Any]) -> str:
    env = run_params.get("env")
    places = {
        key: value
        for key, value in (run_params.get("runtime_params") or {}).items()
        if key in PLACES
    }
    chosen = f" --env {shlex.quote(env)}" if env else ""
    if places:
        params = ",".join(f"{key}={value}" for key, value in places.items())
        chosen += f" --params {shlex.quote(params)}"
    return chosen
