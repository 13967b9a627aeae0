import json

import pytest

from brain_tumor_kedro.datasets import BratsDataset
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


def test_the_phantom_source_is_listed_and_read_as_it_was_planted(tmp_path):
    files, planted = nodes.make_volumes(seed=0)
    dataset = BratsDataset(path=str(tmp_path / "brats"))
    dataset.save(files)

    cases = {case.image_id: case for case in dataset.load().cases}

    unknown = {i for i, reason in planted["rejected"].items() if reason == "unknown_label"}
    assert {i: case.label for i, case in cases.items()} == {
        i: None if i in unknown else grade for i, grade in planted["grades"].items()
    }
    pairs = {(planted["patients"][i], case.patient_id) for i, case in cases.items()}
    assert len(pairs) == len(set(planted["patients"].values())) == 30
    assert len({patient_id for _, patient_id in pairs}) == 30
    for image_id, case in cases.items():
        reason = planted["rejected"].get(image_id)
        assert ("flair" in case.sequences) == (reason != "missing_sequence")
        if reason == "unreadable":
            with pytest.raises(ValueError, match="t2"):
                case.read("t2")
        assert case.read("seg").voxels.any() == (reason != "no_tumor_visible")
