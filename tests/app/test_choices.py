from pathlib import Path

from brain_tumor_kedro.app.choices import MODELS, REGISTRY, read_choices


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_phantoms_are_taken_where_there_is_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert read_choices([]).data_dir == Path("data/sample")
    assert not read_choices([]).has_registry

    touch(tmp_path / "data/sample" / REGISTRY)
    assert read_choices([]).data_dir == Path("data/sample")
    assert read_choices([]).has_registry


def test_real_data_go_before_phantoms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path / "data/sample" / REGISTRY)
    touch(tmp_path / "data" / REGISTRY)

    choices = read_choices(["--data-dir", "", "--model", ""])

    assert choices.data_dir == Path("data")
    assert choices.models == MODELS
    assert choices.registry == f"sqlite:///{tmp_path}/data/{REGISTRY}"


def test_what_is_named_is_taken(tmp_path):
    choices = read_choices(["--data-dir", str(tmp_path), "--model", "models:/mine/3"])

    assert choices.data_dir == tmp_path
    assert choices.models == ("models:/mine/3",)


def test_a_champion_goes_before_a_challenger():
    assert [uri.rpartition("@")[2] for uri in MODELS] == ["champion", "challenger"]
