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
    assert "calibrated probabilities of glioma, no tumor" in card


def test_phantoms_are_called_phantoms():
    card = render_model_card(make_facts(summary={**make_facts()["data"], "phantom": True}))
    assert "PHANTOM DATA" in card
    assert "phantom" in yaml.safe_load(card.split("---")[1])["tags"]


def test_names_of_files_are_no_markup():
    text = "Copies: <script>a`b*c[d](e).png and\n# another."
    themes = {"errors": {"findings": [{"level": "warn", "text": text}]}}
    card = render_model_card(make_facts(themes=themes))
    assert r"- Copies: \<script>a\`b\*c\[d\](e).png and # another." in card


def test_scores_of_slices_and_of_patients_are_told_apart():
    def row(strategy, accuracy, low=0.6, high=0.9):
        score = {"value": accuracy, "low": low, "high": high}
        return {
            "strategy": strategy, "level": "patient", "accuracy": score, "f1": score,
            "auroc": {"value": 1.0, "low": None, "high": None},
        }  # fmt: skip

    rows = [row("soft", 0.8), row("always_positive", 0.6)]
    patients = {
        "findings": [], "positive": "HGG", "baseline": "always_positive",
        "settings": {"strategy": "soft"},
        "splits": [{"split": "test", "patients": 5, "rows": rows}],
    }  # fmt: skip
    data = {**make_facts()["data"], "slices": 10}
    card = render_model_card(
        make_facts(themes={"patients": patients}, unit="patient", summary=data)
    )
    header = yaml.safe_load(card.split("---")[1])
    metrics = header["model-index"][0]["results"][0]["metrics"]
    assert [metric["name"] for metric in metrics] == [
        "accuracy of single slices, 95% interval 0.500 to 1.000",
        "macro f1 of single slices, 95% interval 0.400 to 0.900",
        "accuracy of patients, strategy soft, 95% interval 0.600 to 0.900",
        "F1 of patients, strategy soft, of HGG, 95% interval 0.600 to 0.900",
        "AUROC of patients, strategy soft",
    ]
    assert "| accuracy, 5 patients | 0.800 | 0.600 to 0.900 | 0.600 |" in card
    assert "No age" not in card
