import hashlib
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brain_tumor_kedro.imaging.atlas import draw_up_atlas
from brain_tumor_kedro.imaging.export import (
    Export,
    encode_originals,
    encode_packed,
    encode_png,
    list_exported,
    list_left_out,
)
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.quality import hash_pixels
from builders import draw, make_manifest, make_pairs, make_row, write_file

HERE = ParallelSettings(backend="threading", workers=2)
ODD = {
    "space and (brackets)": "kaggle/a b/image (1).jpg",
    "other scripts": "kaggle/set/胶质瘤 ünï.jpg",
    "several in a file": "brats/volume.nii.gz#17",
    "quotes and commas": 'kaggle/se\'t/"quoted", 100%.png',
    "very long": f"kaggle/{'x' * 200}/{'y' * 200}.png",
    "dots alone": "kaggle/set/...",
    "a line break": "kaggle/set/a\nb.png",
}


def finish(*rows: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A finished manifest, every kept image in train unless said otherwise, and its atlas."""
    splits = {row["image_id"]: row.get("split", "train") for row in rows}
    manifest = make_manifest(*(row | {"split": None, "group_id": "g"} for row in rows))
    kept = manifest.index[manifest["status"] == "kept"]
    manifest = manifest.assign(
        split=manifest["image_id"].map(splits)[kept],
        row=pd.Series(range(len(kept)), index=kept, dtype="Int64"),
    )
    return manifest, draw_up_atlas(manifest, make_pairs())


@pytest.fixture
def material(tmp_path):
    """Three images in two splits, one copy and one broken file."""
    files = [write_file(tmp_path / name, draw(n, 64)) for n, name in enumerate(("a", "b", "c"))]
    hashes = [hash_pixels(draw(n, 64)) for n in range(3)]
    manifest, atlas = finish(
        make_row("a", pixel_hash=hashes[0], patient_id="7", width=64, height=64),
        make_row("b", "no_tumor", pixel_hash=hashes[1], split="test"),
        make_row("c", pixel_hash=hashes[2], split="val"),
        make_row("d", reason="near_copy", copy_of="a"),
        make_row("e", reason="unreadable", detail="cannot open /home/someone/e"),
    )
    return manifest, atlas, files


def start(material) -> Export:
    manifest, atlas, files = material
    exported = list_exported(manifest, atlas)
    return Export(
        exported,
        list_left_out(manifest, atlas),
        "# card\n",
        lambda: encode_originals(exported, files, HERE),
    )


def decode(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_every_kept_image_is_a_png_with_the_very_pixels_in_its_split_and_class(material):
    written = dict(start(material))

    images = {name: png for name, png in written.items() if name.endswith(".png")}
    assert [name.rpartition("/")[0] for name in images] == [
        "test/no_tumor", "train/glioma", "val/glioma",
    ]  # fmt: skip
    shown = [hash_pixels(decode(png)) for png in images.values()]
    assert sorted(shown) == sorted(hash_pixels(draw(number, 64)) for number in range(3))


def test_the_tables_say_where_everything_comes_from_and_what_was_left_out(material):
    written = dict(start(material))

    table = pd.read_csv(io.BytesIO(written["manifest.csv"]), dtype=str).set_index("image_id")
    assert table.loc["a", ["split", "label", "patient_id"]].tolist() == ["train", "glioma", "7"]
    for name, digest in table[["file_name", "sha256"]].itertuples(index=False):
        assert hashlib.sha256(written[name]).hexdigest() == digest
    left = pd.read_csv(io.BytesIO(written["rejected.csv"])).set_index("image_id")
    assert left["reason"].to_dict() == {"d": "near_copy", "e": "unreadable"}
    assert left.loc["d", "copy_of"] == "a"
    assert left.loc["d", "picture_id"] == table.loc["a", "picture_id"]
    assert left.loc["d", "recovered_patient_id"] == 7
    assert b"/home/someone" not in written["rejected.csv"]


def test_the_checksums_name_every_other_file(material):
    written = dict(start(material))

    sums = written.pop("SHA256SUMS").decode().splitlines()
    assert {line.partition("  ")[::2] for line in sums} == {
        (hashlib.sha256(content).hexdigest(), name) for name, content in written.items()
    }


def test_images_are_made_as_they_are_written():
    made = []
    manifest, atlas = finish(make_row("a"), make_row("b", pixel_hash="x" * 64))
    exported = list_exported(manifest, atlas)
    encode = (made.append(name) or b"png" for name in exported["file_name"])

    next(iter(Export(exported, list_left_out(manifest, atlas), "", lambda: encode)))

    assert len(made) == 1


def test_going_through_an_export_again_gives_the_same_files(material):
    export = start(material)

    assert list(export) == list(export)


def test_packed_images_are_those_of_their_rows(material):
    manifest, atlas, _ = material
    exported = list_exported(manifest, atlas)
    images = np.stack([draw(number, 48) for number in range(3)])

    pngs = list(encode_packed(exported, images, HERE))

    for row, png in zip(exported["row"], pngs, strict=True):
        np.testing.assert_array_equal(decode(png), images[row])


@pytest.mark.parametrize("image_id", ODD.values(), ids=ODD.keys())
def test_file_names_are_safe_whatever_the_source_is_called(image_id):
    row = make_row(image_id, source=image_id.rpartition("/")[0], pixel_hash="0123456789abcdef")

    (name,) = list_exported(*finish(row))["file_name"]

    assert re.fullmatch(r"train/glioma/[a-z0-9][a-z0-9_-]*-0123456789ab\.png", name)
    assert len(name) < 150


def test_file_names_say_source_and_name():
    rows = [
        make_row("kaggle/set/Training/no/Te-no_0010.jpg", pixel_hash="a" * 64),
        make_row("brats/volume.nii#17", source="brats", pixel_hash="b" * 64),
    ]

    names = [name.rpartition("/")[2] for name in list_exported(*finish(*rows))["file_name"]]

    assert names == ["brats-volume-17-bbbbbbbbbbbb.png", "kaggle-set-te-no_0010-aaaaaaaaaaaa.png"]


def test_files_of_one_name_stay_apart_and_keep_their_names_among_others():
    rows = [
        make_row(f"kaggle/set/{folder}/1.jpg", pixel_hash=digit * 64)
        for folder, digit in (("a", "1"), ("b", "2"), ("B", "3"))
    ]

    two = list_exported(*finish(*rows[:2])).set_index("image_id")["file_name"]
    three = list_exported(*finish(*rows[::-1])).set_index("image_id")["file_name"]

    assert three.str.casefold().is_unique
    assert three[two.index].equals(two)


@pytest.mark.parametrize("name", ["kaggle/phantom_a/1.png", f"kaggle/{'x' * 50}/phantom/1.png"])
def test_generated_images_say_so_in_their_names(name):
    (file,) = list_exported(*finish(make_row(name, source=name.rpartition("/")[0])))["file_name"]

    assert "phantom" in file


def test_whatever_splits_and_columns_the_manifest_has_are_exported():
    manifest, atlas = finish(make_row("a", split="external"), make_row("b", pixel_hash="x"))

    exported = list_exported(manifest.assign(fold=[None, 3]), atlas)

    assert exported["file_name"].str.partition("/")[0].tolist() == ["external", "train"]
    assert exported["fold"].tolist()[1] == 3


def test_a_file_that_shows_another_image_now_is_named(material):
    files = material[2]
    files[1].path.write_bytes(draw(9, 64).tobytes())

    with pytest.raises(ValueError, match=r"b has changed .* another image now"):
        list(start(material))


def test_sources_of_another_place_are_refused(material):
    material[2].pop(0)

    with pytest.raises(ValueError, match=r"1 of them gone, such as a\. .*raw_dir"):
        list(start(material))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([make_row("a", reason="blank")], "no kept image at all"),
        ([make_row("a"), make_row("b", split=None)], "found 1 without"),
        ([make_row("a", "../glioma")], "found '../glioma'"),
        ([make_row(name, pixel_hash="x", source="s") for name in ("1/a", "2/a")], "pixels of"),
    ],
    ids=["nothing kept", "no split", "class", "twice"],
)
def test_what_cannot_be_exported_is_refused_with_what_to_do(rows, said):
    with pytest.raises(ValueError, match=said):
        list_exported(*finish(*rows))


def test_an_atlas_of_another_manifest_is_refused():
    manifest, _ = finish(make_row("a"))
    _, other = finish(make_row("b"))

    with pytest.raises(ValueError, match="atlas is not of the present manifest"):
        list_exported(manifest, other)


def test_a_png_holds_the_pixels_without_loss():
    np.testing.assert_array_equal(decode(encode_png(draw(0, 40)[:, :33])), draw(0, 40)[:, :33])
