import pandas as pd
import pytest

from brain_tumor_kedro import registry
from brain_tumor_kedro.assessment.scores import score_classifier
from brain_tumor_kedro.imaging.packing import PackingSettings
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.pipelines.reproduction import nodes
from brain_tumor_kedro.registry import Record, Version
from brain_tumor_kedro.tasks import TUMOR_TYPE
from contenders import RESAMPLING, predict

NAME = "brain_tumor_tumor_type"


def recall(wrong=3, earlier=0, **settings) -> nodes.Recalled:
    predictions, manifest = predict(wrong)
    manifest.attrs["split"] = {"strategy": "group"}
    facts = {
        "curation": {"settings": settings, "earlier_manifests": earlier},
        "resampling": RESAMPLING.model_dump(),
        "git_revision": "before",
        "versions": {"numpy": "0.1"},
    }
    table = score_classifier(predictions, manifest, TUMOR_TYPE, RESAMPLING)
    version = Version(NAME, "1", {"fingerprint": "mine"})
    return nodes.Recalled(version, Record(manifest, predictions, table, facts))


@pytest.fixture
def registered(monkeypatch):
    recalled = recall()
    monkeypatch.setattr(registry, "find_by_uri", lambda uri: recalled.version)
    monkeypatch.setattr(registry, "load_record", lambda version: recalled.record)
    return recalled


def test_the_recorded_manifest_stands_for_the_earlier_ones(registered):
    recalled, history, nothing = nodes.recall_version(f"models:/{NAME}/1", "tumor_type")

    assert recalled == registered
    assert history.attrs == {"versions": [{"split": {"strategy": "group"}}]}
    assert set(history["version"]) == {0}
    assert nothing.empty


@pytest.mark.parametrize(
    ("model", "task", "said"),
    [
        (None, "tumor_type", f"model=models:/{NAME}/1"),
        (f"models:/{NAME}/1", "glioma_grade", "Expected a version of brain_tumor_glioma_grade"),
    ],
)
def test_a_version_of_the_task_must_be_named(registered, model, task, said):
    with pytest.raises(ValueError, match=said):
        nodes.recall_version(model, task)


def test_recorded_settings_come_before_the_present_ones():
    recalled = recall(split={"seed": 7}, expert_sources=["a"])
    present = {"split": SplitSettings(seed=1), "packing": {"size": 64}, "expert_sources": []}

    found = nodes.recall_settings(recalled, **present)

    assert found == {
        "split": SplitSettings(seed=7),
        "packing": PackingSettings(size=64),
        "expert_sources": ["a"],
        "missing": ["packing"],
    }


def test_a_summary_without_its_settings_has_some_of_them():
    recalled = recall()
    summary = {"split": {"seed": 7}, "expert_sources": ["a"], "kept": 3}
    older = recalled.record._replace(facts={"curation": summary})

    found = nodes.recall_settings(
        recalled._replace(record=older), split=SplitSettings(), packing=PackingSettings()
    )
    assert found["split"].seed == 7
    assert found["missing"] == ["packing"]


def test_settings_of_another_release_are_named():
    recalled = recall(split={"unheard_of": 7})
    with pytest.raises(ValueError, match="settings of split that this release knows"):
        nodes.recall_settings(recalled, split=SplitSettings())


def compare(recalled, predictions=None, manifest=None, dealt=None) -> dict:
    record = recalled.record
    return nodes.compare_with_record(
        recalled,
        [],
        record.manifest if manifest is None else manifest,
        record.manifest if dealt is None else dealt,
        record.predictions if predictions is None else predictions,
        "tumor_type",
    )


def test_what_is_the_same_is_reproduced_and_what_was_other_is_told():
    found = compare(recall())

    assert found["reproduced"] is True
    assert found["from_seed"] is True
    assert found["scores"]["compared"] > 50
    assert found["then"]["numpy"]["recorded"] == "0.1"
    assert found["then"]["git_revision"]["recorded"] == "before"


def test_other_predictions_or_images_are_not(caplog):
    recalled = recall()
    other, _ = predict(4)
    fewer = recalled.record.manifest.iloc[1:]

    assert compare(recalled, predictions=other)["reproduced"] is False
    assert "is not reproduced" in caplog.text
    found = compare(recalled, recalled.record.predictions.iloc[1:], fewer)
    assert found["reproduced"] is False
    assert found["manifest"]["gone"]["named"] == ["val/0"]


@pytest.mark.parametrize(("earlier", "expected"), [(0, False), (1, None), (None, None)])
def test_a_split_that_earlier_manifests_had_bound_needs_no_seed(earlier, expected):
    recalled = recall(earlier=earlier)
    dealt = recalled.record.manifest.assign(split="train")
    assert compare(recalled, dealt=dealt)["from_seed"] is expected


def test_a_rebuilt_table_of_no_image_cannot_be_scored():
    with pytest.raises(ValueError, match="at least one prediction"):
        compare(recall(), pd.DataFrame(columns=predict()[0].columns))
