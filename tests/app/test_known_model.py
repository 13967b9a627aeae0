import pytest

from app_pages import make_training_images
from brain_tumor_kedro import registry, tracking
from brain_tumor_kedro.app.choices import MODELS, Choices
from brain_tumor_kedro.app.known_model import NoModelError, load_model
from brain_tumor_kedro.imaging.manifest import digest_manifest
from bundles import make_bundle, write_bundle


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_a_bundles_folder_is_a_model(tmp_path):
    folder = write_bundle(tmp_path / "bundle")

    model = load_model(Choices(tmp_path, (str(folder),)))

    assert (model.name, model.number, model.tags, model.training) == (None, None, None, None)
    assert model.settings.heat_maps
    assert model.settings.level == 0.9


def test_another_level_is_taken_where_there_is_no_usual_one(tmp_path):
    bundle = make_bundle(levels=(0.8, 0.85), quantiles={})
    folder = write_bundle(tmp_path / "bundle", bundle)

    assert load_model(Choices(tmp_path, (str(folder),))).settings.level == 0.85


def test_training_images_are_found_by_the_manifest(tmp_path):
    manifest, images = make_training_images(tmp_path)
    bundle = make_bundle(manifest_digest=digest_manifest(manifest))
    folder = write_bundle(tmp_path / "bundle", bundle)

    model = load_model(Choices(tmp_path, (str(folder),)))

    assert model.training.images.shape == images.shape


def test_a_broken_champion_is_not_replaced_by_a_challenger(tmp_path, monkeypatch):
    asked = []

    def find(uri):
        asked.append(uri)
        return registry.Version("brain_tumor_tumor_type", "3", {})

    def fail(uri):
        raise ValueError("Expected a bundle")

    monkeypatch.setattr(registry, "find_by_uri", find)
    monkeypatch.setattr(tracking, "fetch_bundle", fail)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    with pytest.raises(ValueError, match="Expected a bundle"):
        load_model(Choices(tmp_path, MODELS))

    assert asked == [MODELS[0]]


def test_a_challenger_answers_where_there_is_no_champion(tmp_path, monkeypatch):
    folder = write_bundle(tmp_path / "bundle")
    version = registry.Version("brain_tumor_tumor_type", "3", {"test.accuracy": "0.9"})

    def find(uri):
        if uri.endswith("@champion"):
            raise ValueError("No version has the alias champion.")
        return version

    monkeypatch.setattr(registry, "find_by_uri", find)
    monkeypatch.setattr(tracking, "fetch_bundle", lambda uri: folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    model = load_model(Choices(tmp_path, MODELS))

    assert (model.uri, model.number, model.tags) == (MODELS[1], "3", version.tags)


def test_where_nothing_is_registered_what_to_run_is_said(tmp_path, monkeypatch):
    def find(uri):
        raise ValueError(f"There is no {uri}.")

    monkeypatch.setattr(registry, "find_by_uri", find)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    with pytest.raises(NoModelError, match=r"no models:/brain_tumor_tumor_type@champion.*make run"):
        load_model(Choices(tmp_path, MODELS))


def test_without_a_registry_none_is_made_and_what_to_run_is_said(tmp_path):
    with pytest.raises(NoModelError, match=r"make run .*make app DATA_DIR="):
        load_model(Choices(tmp_path, MODELS))

    assert list(tmp_path.iterdir()) == []
