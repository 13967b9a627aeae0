"""The reproduction pipeline."""

from kedro.pipeline import Node, Pipeline

from brain_tumor_kedro.pipelines.curation.nodes import split_images
from brain_tumor_kedro.pipelines.reproduction import nodes
from brain_tumor_kedro.tasks import Task


def create_pipeline(task: Task, curation: Pipeline) -> Pipeline:
    """Rebuild what a registered version was made of, and compare.

    Args:
        task: The task.
        curation: Of the task: it is run again, on the settings that the version recorded. What it
            makes stays in memory.
    """
    needed = curation.to_outputs(f"{task.name}.images", f"{task.name}.manifest")
    settings = sorted(
        name.removeprefix(f"params:{task.name}.")
        for name in needed.inputs()
        if name.startswith(f"params:{task.name}.") and name != f"params:{task.name}.task"
    )
    template = Pipeline(
        [
            Node(
                nodes.recall_version,
                ["params:model", "params:task"],
                ["recalled", "recorded_previous_manifests", "no_previous_manifests"],
                name="recall_version",
            ),
            Node(
                nodes.recall_settings,
                {"recalled": "recalled", **{name: f"params:{name}" for name in settings}},
                {name: f"recorded_{name}" for name in settings} | {"missing": "missing_settings"},
                name="recall_settings",
            ),
            Node(
                split_images,
                [
                    "rebuilt_deduplicated",
                    "rebuilt_similar_pairs",
                    "no_previous_manifests",
                    "recorded_split",
                    "recorded_holdout_sources",
                ],
                "dealt_manifest",
                name="deal_images",
            ),
            Node(
                nodes.predict_again,
                ["recalled", "rebuilt_images", "rebuilt_manifest", "params:task"],
                "rebuilt_predictions",
                name="predict_again",
            ),
            Node(
                nodes.compare_with_record,
                {
                    name: name
                    for name in (
                        "recalled",
                        "missing_settings",
                        "rebuilt_manifest",
                        "dealt_manifest",
                        "rebuilt_predictions",
                    )
                }
                | {"task": "params:task"},
                "reproduction",
                name="compare_with_record",
            ),
        ]
    )
    shared = {"params:model"}
    own = Pipeline(template, namespace=task.name, parameters=shared)
    return own + Pipeline([_rebuild(node, task) for node in needed.nodes])


def _rebuild(node: Node, task: Task) -> Node:
    """The same node of a curation, on recorded settings, with results under other names."""
    outputs = [_rename(name, task) for name in node.outputs]
    return Node(
        node.func,
        [_rename(name, task) for name in node.inputs],
        # No node of a curation returns a list of one.
        outputs if len(outputs) > 1 else outputs[0],
        name=f"rebuild_{node.short_name}",
        namespace=node.namespace,
    )


def _rename(name: str, task: Task) -> str:
    """What a curation calls something, as reproduction calls it.

    Kedro's own mapping of namespaces makes no data of parameters.
    """
    setting, own = f"params:{task.name}.", f"{task.name}."
    if name.startswith(setting) and name != f"{setting}task":
        return f"{own}recorded_{name.removeprefix(setting)}"
    if name == f"{own}previous_manifests":
        return f"{own}recorded_previous_manifests"
    return f"{own}rebuilt_{name.removeprefix(own)}" if name.startswith(own) else name
