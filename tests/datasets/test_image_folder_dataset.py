import io

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from brain_tumor_kedro.datasets import ImageFolderDataset

LABELS = {"glioma": ["glioma", "glioma_tumor"], "no_tumor": ["no", "no_tumor", "notumor"]}


@pytest.fixture
def dataset(tmp_path):
    return ImageFolderDataset(path=str(tmp_path / "kaggle"), labels=LABELS)


def encode(pixels: np.ndarray, kind: str = "PNG", mode: str | None = None, **options) -> bytes:
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def load_one(dataset, content: bytes, name: str = "set/glioma/1.png"):
    dataset.save({name: content})
    (file,) = dataset.load().files
    return file.decode(file.path.read_bytes())


GRAY = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50).astype(np.uint8)


def test_bytes_come_back_as_they_were_saved(dataset, tmp_path):
    content = encode(GRAY)

    picture = load_one(dataset, content)

    np.testing.assert_array_equal(picture.pixels, GRAY)
    assert picture.mode == "L"
    assert (tmp_path / "kaggle/set/glioma/1.png").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "label", "split", "source"),
    [
        ("a/Training/glioma_tumor/1.jpg", "glioma", "train", "kaggle/a"),
        ("a/Testing/no_tumor/1.jpg", "no_tumor", "test", "kaggle/a"),
        ("a/test/No Tumor/deep/er/1.jpg", "no_tumor", "test", "kaggle/a"),
        ("a/NoTumor/1.jpg", "no_tumor", None, "kaggle/a"),
        ("a/no/glioma/1.jpg", "glioma", None, "kaggle/a"),
        ("glioma/1.jpg", "glioma", None, "kaggle/glioma"),
        ("Training/glioma_tumor/1.jpg", "glioma", "train", "kaggle/Training"),
        ("a/train/metastasis/1.jpg", None, "train", "kaggle/a"),
        ("a/1.jpg", None, None, "kaggle/a"),
        ("1.jpg", None, None, "kaggle"),
    ],
)
def test_folders_name_class_split_and_source(dataset, name, label, split, source):
    dataset.save({name: encode(GRAY)})

    (file,) = dataset.load().files

    assert (file.label, file.published_split, file.source) == (label, split, source)
    assert file.image_id == f"kaggle/{name}"


def test_a_published_split_in_the_place_of_data_sets_is_noted(dataset):
    dataset.save({f"{name}/no/1.jpg": b"" for name in ("Training", "Testing", "a/Training")})

    (note,) = dataset.load().notes

    assert "found Testing and Training directly there" in note
    assert "in one folder of their own, such as kaggle/<data set>/Testing" in note


def test_data_sets_in_folders_of_their_own_need_no_note(dataset):
    dataset.save({"a/Training/no/1.jpg": b"", "test.jpg": b""})

    assert dataset.load().notes == ()


def test_every_file_is_listed_whatever_it_is(dataset):
    dataset.save({"a/no/1.jpg": b"", "a/no/notes.txt": b"hello", "a/readme.md": b"x"})

    assert len(dataset.load().files) == 3


def test_a_missing_folder_is_an_empty_source_that_says_what_is_expected(dataset):
    source = dataset.load()

    assert source.files == ()
    assert "glioma, no_tumor" in source.expected
    assert not dataset.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, I am a text", encode(GRAY, "JPEG")[:300], encode(GRAY)[:100]],
    ids=["empty", "text", "jpeg cut short", "png cut short"],
)
def test_what_is_no_whole_picture_is_refused(dataset, content):
    with pytest.raises(ValueError, match="expected a picture"):
        load_one(dataset, content)


def test_a_decompression_bomb_is_refused(dataset, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    with pytest.raises(ValueError, match="DecompressionBomb"):
        load_one(dataset, encode(GRAY))


def test_folders_may_be_named_in_any_script(tmp_path):
    labels = {"glioma": ["胶质瘤"], "no_tumor": ["健康"]}
    dataset = ImageFolderDataset(path=str(tmp_path / "kaggle"), labels=labels)
    dataset.save({f"a/{name}/1.png": encode(GRAY) for name in ("胶质瘤", "健康", "日本")})

    found = {file.path.parent.name: file.label for file in dataset.load().files}

    assert found == {"胶质瘤": "glioma", "健康": "no_tumor", "日本": None}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"no_tumor": [False]}, 'write "no"'),
        ({"a": ["--"]}, "names of folders for a"),
        ({"a": ["No"], "b": ["no"]}, "under a and b"),
    ],
)
def test_folder_names_that_cannot_be_meant_are_refused(labels, said):
    with pytest.raises(DatasetError, match=said):
        ImageFolderDataset(path="kaggle", labels=labels)


def test_files_are_not_written_beside_others(dataset):
    dataset.save({"a/no/1.png": encode(GRAY)})

    with pytest.raises(DatasetError, match=r"other files such as kaggle/a/no/1\.png"):
        dataset.save({"a/no/2.png": encode(GRAY)})
