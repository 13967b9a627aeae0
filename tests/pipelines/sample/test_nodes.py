import json

from brain_tumor_kedro.pipelines.sample import nodes
from brain_tumor_kedro.sample import sources, volumes


def test_the_sample_is_handed_on_source_by_source(monkeypatch):
    monkeypatch.setattr(nodes, "make", lambda seed: sources.make_sources(seed, patients=3))

    figshare, kaggle, planted = nodes.make_sources(seed=1)

    folds = figshare.pop(nodes.FOLDS)
    assert len(figshare) + len(kaggle) == planted["files"]
    assert folds.tolist() == list(planted["folds"].values())
    assert json.loads(json.dumps(planted))["seed"] == 1


def test_the_volumes_are_handed_on_with_what_was_planted(monkeypatch):
    monkeypatch.setattr(nodes, "make_phantom_volumes", lambda seed: volumes.make_volumes(seed, 16))

    files, planted = nodes.make_volumes(seed=1)

    assert {name.split("/")[0] for name in files} == {
        f"phantom_BraTS{year}" for year in (2018, 2020, 2023)
    }
    recorded = nodes.record_planted({"seed": 1}, planted)
    assert json.loads(json.dumps(recorded)) == {"seed": 1, "volumes": planted}
