import json

from brain_tumor_kedro.pipelines.sample import nodes
from brain_tumor_kedro.sample import sources


def test_the_sample_is_handed_on_source_by_source(monkeypatch):
    monkeypatch.setattr(nodes, "make", lambda seed: sources.make_sources(seed, patients=3))

    figshare, kaggle, planted = nodes.make_sources(seed=1)

    folds = figshare.pop(nodes.FOLDS)
    assert len(figshare) + len(kaggle) == planted["files"]
    assert folds.tolist() == list(planted["folds"].values())
    assert json.loads(json.dumps(planted))["seed"] == 1
