import re

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from brain_tumor_kedro.datasets import FigshareDataset
from brain_tumor_kedro.datasets import published_folds as module
from brain_tumor_kedro.datasets.figshare_dataset import encode_folds
from brain_tumor_kedro.datasets.published_folds import read_folds


@pytest.fixture
def folder(tmp_path):
    """Five files that are listed and never opened, in two folders."""
    for place, number in enumerate(range(1, 6)):
        path = tmp_path / "figshare" / ("a", "b")[place % 2] / f"{number}.mat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "figshare"


def folds_of(folder) -> dict[str, int | None]:
    source = FigshareDataset(path=str(folder)).load()
    return {file.path.name: file.published_fold for file in source.files}


def note_of(folder) -> str:
    (note,) = FigshareDataset(path=str(folder)).load().notes
    return note


def test_every_file_gets_the_value_at_its_number(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.array([5, 4, 3, 2, 1])))

    assert folds_of(folder) == {"1.mat": 5, "2.mat": 4, "3.mat": 3, "4.mat": 2, "5.mat": 1}
    assert FigshareDataset(path=str(folder)).load().notes == ()


def test_a_published_index_fits_files_that_are_there_in_part(folder, monkeypatch):
    monkeypatch.setattr(module, "PUBLISHED_FILES", 9)
    (folder / "cvind.mat").write_bytes(encode_folds(np.array([1, 2, 3, 4, 5, 1, 2, 3, 4])))

    assert list(folds_of(folder).values()) == [1, 3, 5, 2, 4]


def test_the_published_index_is_of_3064_files(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.arange(3064) % 5 + 1))

    assert folds_of(folder)["5.mat"] == 5


@pytest.mark.parametrize("shape", [(5, 1), (1, 5)])
def test_an_older_format_is_read_as_well(folder, shape):
    folds = np.array([1.0, 2, 3, 4, 5])
    savemat(folder / "cvind.mat", {"cvind": folds.reshape(shape)})

    assert read_folds(folder / "cvind.mat").tolist() == [1, 2, 3, 4, 5]


def test_the_file_is_laid_out_as_matlab_does(tmp_path):
    (tmp_path / "cvind.mat").write_bytes(encode_folds(np.array([1, 2])))

    with h5py.File(tmp_path / "cvind.mat") as mat:
        assert mat["cvind"].shape == (1, 2)
        assert mat["cvind"].dtype == np.float64
        assert mat["cvind"].attrs["MATLAB_class"] == b"double"


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([1, 2, 3, 4], "expected an index of 3,064 values"),
        ([1, 2, 3, 4, 5, 1], "expected an index of 3,064 values"),
        ([1, 2, 3, 4, 6], r"expected folds 1 to 5 .* found \[6\.0\]"),
        ([1, 2, 3, 4, 0], "expected folds 1 to 5"),
        ([1, 2, 3, 4, 1.5], "expected folds 1 to 5"),
        ([1, 2, 3, 4, np.nan], "expected folds 1 to 5"),
        ([], "expected numbers n x 1"),
    ],
)
def test_an_index_that_does_not_fit_gives_no_folds_and_a_note(folder, values, note):
    (folder / "cvind.mat").write_bytes(encode_folds(np.array(values)))

    assert set(folds_of(folder).values()) == {None}
    assert re.search(note, note_of(folder))


@pytest.mark.parametrize("content", [b"", b"no matlab", b"MATLAB 7.3 MAT-file".ljust(600)])
def test_a_broken_index_gives_no_folds_and_a_note(folder, content):
    (folder / "cvind.mat").write_bytes(content)

    assert set(folds_of(folder).values()) == {None}
    assert "cannot be read as a .mat file with cvind" in note_of(folder)


def test_an_index_cut_short_gives_no_folds(folder):
    whole = encode_folds(np.array([5, 4, 3, 2, 1]))
    for length in range(0, len(whole), 131):
        (folder / "cvind.mat").write_bytes(whole[:length])

        assert set(folds_of(folder).values()) == {None}


def test_a_huge_index_is_not_read(folder):
    with h5py.File(folder / "cvind.mat", "w") as mat:
        mat.create_dataset("cvind", (10**6, 10**6), "float64", chunks=(512, 512))

    assert "at most" in note_of(folder)


def test_a_matrix_is_no_index(folder):
    savemat(folder / "cvind.mat", {"cvind": np.ones((5, 2))})

    assert "n x 1" in note_of(folder)


def test_files_that_share_a_number_leave_all_without_folds(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.array([5, 4, 3, 2, 1])))
    (folder / "c").mkdir()
    (folder / "c" / "2.mat").touch()

    assert set(folds_of(folder).values()) == {None}
    assert "several files are number 2" in note_of(folder)


def test_a_number_beyond_the_index_leaves_all_without_folds(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.arange(3064) % 5 + 1))
    (folder / "3065.mat").touch()

    assert set(folds_of(folder).values()) == {None}
    assert "up to 3,065" in note_of(folder)


def test_a_file_without_a_number_has_no_fold_and_is_named(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.array([5, 4, 3, 2, 1])))
    (folder / "other.mat").touch()

    assert folds_of(folder)["other.mat"] is None
    assert folds_of(folder)["1.mat"] == 5
    assert "published fold: 1, such as other.mat" in note_of(folder)


def test_two_indexes_must_agree(folder):
    (folder / "cvind.mat").write_bytes(encode_folds(np.array([5, 4, 3, 2, 1])))
    (folder / "a" / "cvind.mat").write_bytes(encode_folds(np.array([5, 4, 3, 2, 1])))
    assert folds_of(folder)["1.mat"] == 5

    (folder / "a" / "cvind.mat").write_bytes(encode_folds(np.array([1, 4, 3, 2, 5])))
    assert set(folds_of(folder).values()) == {None}
    assert "differ" in note_of(folder)


def test_an_index_is_saved_beside_the_slices(tmp_path):
    dataset = FigshareDataset(path=str(tmp_path / "figshare"))

    dataset.save({"phantom_folds/cvind.mat": np.array([3, 1])})

    assert read_folds(tmp_path / "figshare/phantom_folds/cvind.mat").tolist() == [3, 1]
    assert dataset.load().files == ()
