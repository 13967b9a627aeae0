import pytest

from brain_tumor_kedro.datasets.newest_file import find_newest

BELOW = "07_model_output/tumor_type/predictions.parquet"


@pytest.fixture
def data_dir(tmp_path):
    for version in ("2026-01-02T00.00.00.000Z", "2026-01-10T00.00.00.000Z"):
        file = tmp_path / BELOW / version / "predictions.parquet"
        file.parent.mkdir(parents=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize("place", ["", BELOW])
def test_the_newest_version_is_found_from_either_folder(data_dir, place):
    found = find_newest(str(data_dir / place), BELOW)
    assert found.parent.name == "2026-01-10T00.00.00.000Z"


def test_a_file_is_found_by_its_own_path(data_dir):
    file = data_dir / BELOW / "2026-01-02T00.00.00.000Z" / "predictions.parquet"
    assert find_newest(str(file), BELOW) == file


def test_what_is_no_path_is_nothing(tmp_path):
    assert find_newest(str(tmp_path / "0123456789abcdef"), BELOW) is None


def test_a_folder_without_it_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Expected predictions.parquet.*Evaluate there before"):
        find_newest(str(tmp_path), BELOW)
