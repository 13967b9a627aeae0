import pytest
import yaml

from brain_tumor_kedro.assessment.model_card import NEEDED, render_model_card
from run_facts import make_facts

#: The headings of Hugging Face's template that a classifier of images needs.
HEADINGS = (
    "Model Details", "Model Description", "Model Sources", "Uses", "Direct Use", "Downstream Use",
    "Out-of-Scope Use", "Bias, Risks, and Limitations", "Recommendations",
    "How to Get Started with the Model", "Training Details", "Training Data", "Training Procedure",
    "Evaluation", "Testing Data", "Factors", "Metrics", "Results", "Summary", "Model Examination",
    "Environmental Impact", "Technical Specifications", "Citation", "Model Card Authors",
    "Model Card Contact",
)  # fmt: skip


@pytest.fixture(scope="module")
def card():
    return render_model_card(make_facts())


def test_the_header_is_what_hugging_face_reads(card):
    header = yaml.safe_load(card.split("---")[1])
    result = header["model-index"][0]["results"][0]
    assert header["library_name"] == "keras"
    assert header["datasets"] == ["figshare", "kaggle/a|b"]
    assert [metric["type"] for metric in result["metrics"]] == ["accuracy", "f1"]
    assert result["metrics"][0]["value"] == 0.75
    assert "phantom" not in header["tags"]


def test_every_heading_is_there(card):
    headings = [line.lstrip("# ") for line in card.splitlines() if line.startswith("##")]
    assert set(HEADINGS) <= set(headings)


def test_numbers_limits_and_warnings_are_there_and_folders_are_not(card):
    assert "| test | glioma | recall | 1.000 | 0.600 to 1.000 | 3 |" in card
    assert "- For research only." in card
    assert card.count("Noise breaks it.") == 1
    assert "- Note: Two mistakes." in card
    assert "cnn.weights.h5" in card
    assert "/home/me" not in card
    assert NEEDED in card


def test_the_columns_of_the_output_are_in_the_classifiers_order(card):
    # The data hold them in another order.
    assert list(make_facts()["data"]["classes"]) == ["no_tumor", "glioma"]
    assert "columns: glioma, no tumor" in card


def test_phantoms_are_called_phantoms():
    card = render_model_card(make_facts(summary={**make_facts()["data"], "phantom": True}))
    assert "PHANTOM DATA" in card
    assert "phantom" in yaml.safe_load(card.split("---")[1])["tags"]


def test_names_of_files_are_no_markup():
    text = "Copies: <script>a`b*c[d](e).png and\n# another."
    themes = {"errors": {"findings": [{"level": "warn", "text": text}]}}
    card = render_model_card(make_facts(themes=themes))
    assert r"- Copies: \<script>a\`b\*c\[d\](e).png and # another." in card
