from brain_tumor_kedro.app.known_model import KnownModel
from brain_tumor_kedro.app.model_section import list_facts
from brain_tumor_kedro.serving.answers import AnswerSettings
from bundles import make_bundle

NAMED = "models:/brain_tumor_tumor_type"


def facts_of(uri, bundle=None, **known):
    model = KnownModel(bundle or make_bundle(), AnswerSettings(), uri, **known)
    return dict(list_facts(model))


def test_a_version_tells_its_scores_with_intervals():
    tags = {"test.accuracy": "0.936", "test.accuracy.low": "0.91", "test.accuracy.high": "0.95"}

    facts = facts_of(f"{NAMED}@champion", name="brain_tumor_tumor_type", number="3", tags=tags)

    assert facts["Version"] == "3"
    assert facts["Alias"] == "champion"
    assert facts["Accuracy on test images"] == "0.936 (95% interval 0.910 to 0.950)"


def test_a_score_without_an_interval_stands_alone():
    facts = facts_of(f"{NAMED}/3", number="3", tags={"test.macro_f1": "0.9"})

    assert facts["Macro F1 on test images"] == "0.900"
    assert "Alias" not in facts


def test_a_challenger_is_said_to_be_one():
    assert "no promotion" in facts_of(f"{NAMED}@challenger", number="1")["Alias"]


def test_a_bundle_from_elsewhere_has_no_version():
    facts = facts_of("folder", make_bundle(phantom=False, git_revision=""))

    assert facts["Name"] == "not from a registry"
    assert facts["Trained on"] == "real images"
    assert facts["Code"] == "unknown"
    assert "Version" not in facts
