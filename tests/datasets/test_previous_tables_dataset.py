import pandas as pd
import pytest
from kedro.io import DatasetError, Version

from brain_tumor_kedro.datasets import PreviousTablesDataset

TABLE = pd.DataFrame({"image_id": ["a"], "split": ["test"]})


@pytest.fixture
def dataset(tmp_path):
    return PreviousTablesDataset(
        filepath=str(tmp_path / "manifest.parquet"), version=Version(None, "now")
    )


def write(tmp_path, version: str, content: pd.DataFrame | bytes):
    path = tmp_path / "manifest.parquet" / version / "manifest.parquet"
    path.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.to_parquet(path)


def test_a_first_run_finds_an_empty_table(dataset):
    assert dataset.load().empty
    assert not dataset.exists()


def test_what_each_version_says_of_itself_is_kept(dataset, tmp_path):
    said = TABLE.copy()
    said.attrs["split"] = {"strategy": "image"}
    write(tmp_path, "2026-01-01", TABLE)
    write(tmp_path, "2026-01-02", said)

    assert dataset.load().attrs == {"versions": [{"split": {"strategy": "image"}}, {}]}


def test_all_versions_are_read_and_numbered_from_the_newest(dataset, tmp_path):
    write(tmp_path, "2026-01-01", TABLE)
    write(tmp_path, "2026-01-02", TABLE.assign(split="train"))

    tables = dataset.load()

    assert tables["split"].tolist() == ["train", "test"]
    assert tables["version"].tolist() == [0, 1]
    assert dataset.exists()


def test_a_broken_version_is_passed_over_and_named(dataset, tmp_path, caplog):
    write(tmp_path, "2026-01-01", TABLE)
    write(tmp_path, "2026-01-02", b"PAR1 cut short")

    assert dataset.load().equals(TABLE.assign(version=0))
    assert "2026-01-02" in caplog.text


def test_without_versions_the_file_itself_is_read(tmp_path):
    TABLE.to_parquet(tmp_path / "manifest.parquet")

    assert (
        PreviousTablesDataset(filepath=str(tmp_path / "manifest.parquet"))
        .load()
        .equals(TABLE.assign(version=0))
    )


def test_nothing_is_ever_saved(dataset):
    with pytest.raises(DatasetError, match="never saved"):
        dataset.save(TABLE)
