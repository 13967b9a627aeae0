from brain_tumor_kedro.pipeline_registry import register_pipelines


def test_the_default_is_curation_training_and_evaluation():
    pipelines = register_pipelines()

    parts = pipelines["curation"] + pipelines["training"] + pipelines["evaluation"]
    assert pipelines["__default__"].describe() == parts.describe()


def test_every_pipeline_but_the_sample_needs_sources_or_the_catalog_alone():
    pipelines = register_pipelines()
    free = {
        name: {i for i in pipeline.inputs() if not i.startswith("params:")}
        for name, pipeline in pipelines.items()
    }

    assert free["__default__"] == {
        "figshare",
        "kaggle",
        "tumor_type.previous_manifests",
        "tumor_type.previous_leakage",
        "tumor_type.checkpoint",
    }
    assert free["sample"] == set()
    assert {"figshare", "kaggle", "tumor_type.manifest", "tumor_type.atlas"} <= free["export"]
    assert free["training"] == {
        "tumor_type.images",
        "tumor_type.manifest",
        "tumor_type.checkpoint",
    }


def test_no_two_nodes_share_a_name():
    pipelines = register_pipelines()
    nodes = [node.name for node in (pipelines["__default__"] + pipelines["export"]).nodes]

    assert len(nodes) == len(set(nodes))
    assert all("__" not in name for name in nodes)
