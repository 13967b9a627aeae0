import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure

from brain_tumor_kedro.datasets import FigureDataset


def test_a_figure_comes_back_as_the_picture_it_became(tmp_path):
    dataset = FigureDataset(filepath=str(tmp_path / "figure.png"))

    dataset.save(Figure())

    assert dataset.load() == (tmp_path / "figure.png").read_bytes()
    assert dataset.load().startswith(b"\x89PNG")


def test_a_missing_figure_is_an_error(tmp_path):
    with pytest.raises(DatasetError):
        FigureDataset(filepath=str(tmp_path / "figure.png")).load()
