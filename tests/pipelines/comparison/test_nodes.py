import pytest

from assessment.test_comparison import two_runs
from brain_tumor_kedro import tracking
from brain_tumor_kedro.assessment.comparison import ComparisonSettings
from brain_tumor_kedro.assessment.score_table import ResamplingSettings
from brain_tumor_kedro.pipelines.comparison import nodes


def settings_of(place) -> ComparisonSettings:
    return ComparisonSettings.model_validate({"with": str(place)})


def test_the_other_predictions_are_read_from_a_folder(tmp_path):
    this, _, _ = two_runs()
    folder = tmp_path / "07_model_output" / "tumor_type" / "predictions.parquet" / "2026"
    folder.mkdir(parents=True)
    this.to_parquet(folder / "predictions.parquet")

    found = nodes.load_other_predictions(settings_of(tmp_path), "tumor_type")

    assert found.equals(this)
    assert found.attrs == this.attrs


def test_what_is_no_path_is_a_run(monkeypatch):
    asked = []
    monkeypatch.setattr(tracking, "load_table", lambda *about: asked.append(about))

    nodes.load_other_predictions(settings_of("0123456789abcdef"), "tumor_type")

    assert asked == [("0123456789abcdef", "evaluation/predictions.parquet")]


@pytest.mark.parametrize("phantom", [True, False])
def test_a_comparison_is_said_drawn_and_tabulated(caplog, phantom):
    this, other, manifest = two_runs()
    manifest = manifest.assign(status="kept")
    if phantom:
        for table in (this, other, manifest):
            table["image_id"] = "phantom/" + table["image_id"]
    about = (settings_of("elsewhere"), ResamplingSettings(draws=100), "tumor_type")

    with caplog.at_level("INFO"):
        summary, table, figure = nodes.compare_predictions(this, other, manifest, *about)

    assert summary["with"] == "elsewhere"
    assert summary["sentence"] in caplog.text
    assert len(table) > 0
    assert figure.get_label() == "mine"
    assert ("Phantom" in figure.get_supxlabel()) == phantom
