from dataclasses import dataclass, field

import h5py
import numpy as np
import pytest
from kedro.io import DatasetError

from brain_tumor_kedro.datasets import FigshareDataset
from brain_tumor_kedro.datasets.source import NotAnImageError


@dataclass
class Slice:
    patient_id: str = "100360"
    label: int = 2
    image: np.ndarray = field(
        default_factory=lambda: np.arange(48, dtype=np.int16).reshape(6, 8) * 70
    )
    border: np.ndarray = field(default_factory=lambda: np.array([1.5, 2.5, 3.5, 4.5]))
    mask: np.ndarray = field(default_factory=lambda: np.eye(6, 8, dtype=np.uint8))


@pytest.fixture
def dataset(tmp_path):
    return FigshareDataset(path=str(tmp_path / "figshare"))


def read(file):
    return file.decode(file.path.read_bytes())


def test_a_slice_comes_back_as_it_was_saved(dataset):
    dataset.save({"1.mat": Slice()})

    (file,) = dataset.load().files
    picture = read(file)

    assert file.image_id == "figshare/1.mat"
    assert file.source == "figshare"
    assert (picture.label, picture.patient_id) == ("glioma", "100360")
    assert picture.pixels.dtype == np.int16
    np.testing.assert_array_equal(picture.pixels, Slice().image)


def test_the_file_is_laid_out_as_matlab_does(dataset, tmp_path):
    dataset.save({"1.mat": Slice()})
    path = tmp_path / "figshare" / "1.mat"

    assert path.read_bytes().startswith(b"MATLAB 7.3 MAT-file")
    with h5py.File(path) as mat:
        struct = mat["cjdata"]
        assert struct.attrs["MATLAB_class"] == b"struct"
        assert {name: struct[name].dtype.name for name in struct} == {
            "PID": "uint16",
            "image": "int16",
            "label": "float64",
            "tumorBorder": "float64",
            "tumorMask": "uint8",
        }
        np.testing.assert_array_equal(struct["image"], Slice().image.T)
        np.testing.assert_array_equal(struct["tumorMask"], Slice().mask.T)
        assert struct["tumorBorder"].shape == (1, 4)


def test_files_of_any_depth_are_listed_but_for_folds_and_notes(dataset, tmp_path):
    dataset.save({"b/2.mat": Slice(), "a/1.mat": Slice()})
    (tmp_path / "figshare" / "cvind.mat").write_bytes(b"folds")
    (tmp_path / "figshare" / "README 2024.txt").write_bytes(b"read me")

    ids = [file.image_id for file in dataset.load().files]

    assert ids == ["figshare/a/1.mat", "figshare/b/2.mat"]


def test_a_missing_folder_is_an_empty_source_that_says_what_is_expected(dataset):
    source = dataset.load()

    assert source.files == ()
    assert "1512427" in source.expected
    assert not dataset.exists()


@pytest.mark.parametrize("content", [b"", b"no matlab", b"MATLAB 7.3 MAT-file".ljust(600)])
def test_broken_bytes_are_refused(dataset, tmp_path, content):
    dataset.save({"1.mat": Slice()})
    (file,) = dataset.load().files

    with pytest.raises(ValueError, match=r"MATLAB v7\.3"):
        file.decode(content)


def test_a_file_cut_short_at_any_place_is_refused_or_read_whole(dataset):
    dataset.save({"1.mat": Slice()})
    (file,) = dataset.load().files
    content = file.path.read_bytes()

    for length in range(0, len(content), 97):
        with pytest.raises(ValueError, match=r"MATLAB v7\.3"):
            file.decode(content[:length])


def test_an_unknown_label_is_refused(dataset):
    dataset.save({"1.mat": Slice(label=4)})
    (file,) = dataset.load().files

    with pytest.raises(ValueError, match=r"label in \[1, 2, 3\], found 4"):
        read(file)


def test_a_patient_without_id_is_unknown(dataset):
    dataset.save({"1.mat": Slice(patient_id="  ")})
    (file,) = dataset.load().files

    assert read(file).patient_id is None


@pytest.mark.parametrize("shape", [(6, 8, 3), (48,)])
def test_an_image_of_other_dimensions_is_refused(dataset, shape):
    dataset.save({"1.mat": Slice(image=np.zeros(shape, np.int16))})
    (file,) = dataset.load().files

    with pytest.raises(ValueError, match="image"):
        read(file)


@pytest.mark.parametrize(("side", "kind"), [(10**6, "int16"), (10**4, "int8")])
def test_an_array_that_costs_too_much_memory_is_refused_unread(dataset, tmp_path, side, kind):
    dataset.save({"1.mat": Slice()})
    path = tmp_path / "figshare" / "1.mat"
    with h5py.File(path, "r+") as mat:
        del mat["cjdata/image"]
        mat["cjdata"].create_dataset("image", (side, side), kind, chunks=(512, 512))
    (file,) = dataset.load().files

    with pytest.raises(ValueError, match="image of at most"):
        read(file)


def test_slices_are_not_written_where_another_source_holds_real_images(dataset, tmp_path):
    (tmp_path / "kaggle" / "no").mkdir(parents=True)
    (tmp_path / "kaggle" / "no" / "1.jpg").touch()

    with pytest.raises(DatasetError, match=r"such as kaggle/no/1\.jpg"):
        dataset.save({"phantom_1.mat": Slice()})
    assert dataset.load().files == ()


def test_a_patient_id_that_is_a_number_is_read_as_one(dataset, tmp_path):
    dataset.save({"1.mat": Slice()})
    with h5py.File(tmp_path / "figshare" / "1.mat", "r+") as mat:
        del mat["cjdata/PID"]
        put = mat["cjdata"].create_dataset("PID", data=np.array([[100360.0]]))
        put.attrs["MATLAB_class"] = np.bytes_("double")
    (file,) = dataset.load().files

    assert read(file).patient_id == "100360"


def test_slices_are_not_written_beside_other_files(dataset, tmp_path):
    dataset.save({"1.mat": Slice()})
    dataset.save({"1.mat": Slice(), "2.mat": Slice()})

    with pytest.raises(DatasetError, match=r"1 other files such as figshare/2\.mat"):
        dataset.save({"1.mat": Slice()})


@pytest.mark.parametrize("content", [b"", b"a text", b"MATLAB 5.0 MAT-file".ljust(600)])
def test_bytes_that_are_no_hdf5_are_no_image(dataset, content):
    dataset.save({"1.mat": Slice()})
    (file,) = dataset.load().files

    with pytest.raises(NotAnImageError, match=r"v7\.3 file, found"):
        file.decode(content)


def test_a_matlab_file_of_something_else_is_no_image(dataset, tmp_path):
    dataset.save({"1.mat": Slice()})
    with h5py.File(tmp_path / "figshare" / "1.mat", "r+") as mat:
        mat.move("cjdata", "other")
    (file,) = dataset.load().files

    with pytest.raises(NotAnImageError, match=r"struct cjdata with an image, found \['other'\]"):
        read(file)


def test_one_value_of_enormous_size_is_refused_unread(dataset, tmp_path):
    dataset.save({"1.mat": Slice()})
    with h5py.File(tmp_path / "figshare" / "1.mat", "r+") as mat:
        del mat["cjdata/label"]
        mat["cjdata"].create_dataset("label", (1,), h5py.string_dtype(length=2**30), chunks=(1,))
    (file,) = dataset.load().files

    with pytest.raises(ValueError, match="label of at most"):
        read(file)


def test_the_mask_lies_on_the_image(dataset):
    dataset.save({"1.mat": Slice()})
    (file,) = dataset.load().files

    mask = file.decode_mask(file.path.read_bytes())

    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, Slice().mask == 1)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((8, 6), np.uint8), r"tumorMask \(6, 8\).*found uint8 \(8, 6\)"),
        (None, "tumorMask"),
    ],
)
def test_a_mask_that_is_not_of_the_image_is_refused(dataset, mask, said):
    dataset.save({"1.mat": Slice(mask=Slice().mask if mask is None else mask)})
    (file,) = dataset.load().files
    if mask is None:
        with h5py.File(file.path, "a") as mat:
            del mat["cjdata/tumorMask"]

    with pytest.raises(ValueError, match=said):
        file.decode_mask(file.path.read_bytes())


def test_a_mask_of_broken_bytes_is_refused(dataset):
    dataset.save({"1.mat": Slice()})
    (file,) = dataset.load().files
    content = file.path.read_bytes()

    for length in (0, 100, len(content) // 2):
        with pytest.raises(ValueError, match=r"MATLAB v7\.3"):
            file.decode_mask(content[:length])
