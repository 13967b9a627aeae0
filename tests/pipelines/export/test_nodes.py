import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.datasets import ImageFolderDataset, WholeFolderDataset
from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.atlas import draw_up_atlas
from brain_tumor_kedro.imaging.data_card import ExportSettings
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.packing import PackingSettings, pack_images
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.quality import hash_pixels, inspect_file, to_gray
from brain_tumor_kedro.pipelines.export import nodes
from builders import draw, make_manifest, make_pairs, write_file

HERE = ParallelSettings(backend="threading", workers=2)
LABELS = ("glioma", "no_tumor")


@pytest.fixture
def curated(tmp_path):
    """Six slices in three splits, packed, with all that curation leaves behind."""
    files = [
        write_file(tmp_path / f"{n} (é).raw", draw(n, 64), label=LABELS[n % 2]) for n in range(6)
    ]
    manifest = make_manifest(*(inspect_file(file).row for file in files))
    manifest = manifest.assign(split=["train"] * 2 + ["val"] * 2 + ["test"] * 2, group_id="g")
    images, manifest = pack_images(manifest, files, PackingSettings(size=40), HERE)
    summary = {"phantom": False, "manifest_digest": digest_manifest(manifest)}
    return manifest, draw_up_atlas(manifest, make_pairs()), images, summary, files


def export(curated, folder, settings=ExportSettings()):  # noqa: B008
    manifest, atlas, images, summary, files = curated
    exported, left_out = nodes.list_exported(manifest, atlas, images, summary)
    card = nodes.write_data_card(exported, summary, settings)
    sources = Source((), ""), Source(tuple(files), "")
    data = nodes.export_images(exported, left_out, card, images, *sources, settings, HERE)
    dataset = WholeFolderDataset(filepath=str(folder))
    dataset.save(data)
    return dataset.load()


def test_an_export_can_serve_as_a_source_with_the_same_pixels_and_classes(curated, tmp_path):
    manifest = curated[0]
    export(curated, tmp_path / "kaggle" / "exported")

    source = ImageFolderDataset(
        path=str(tmp_path / "kaggle"), labels={label: [label] for label in LABELS}
    ).load()

    pictures = [file for file in source.files if file.path.suffix == ".png"]
    shown = {
        hash_pixels(to_gray(file.decode(file.path.read_bytes()).pixels)): file.label
        for file in pictures
    }
    assert shown == dict(zip(manifest["pixel_hash"], manifest["label"], strict=True))
    assert {file.published_split for file in pictures} == {"train", "test", None}
    others = {file.path.name for file in source.files} - {file.path.name for file in pictures}
    assert others == {"README.md", "manifest.csv", "rejected.csv", "SHA256SUMS"}
    assert {inspect_file(file).row["reason"] for file in source.files if file not in pictures}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is needed")
def test_sha256sum_checks_an_export_and_finds_what_was_changed(curated, tmp_path):
    folder = export(curated, tmp_path / "out")
    check = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]

    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    with next(folder.rglob("*.png")).open("ab") as file:
        file.write(b"!")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


def test_packed_images_are_exported_without_the_sources(curated, tmp_path):
    for file in curated[4]:
        file.path.unlink()

    folder = export(curated, tmp_path / "out", ExportSettings(images="packed"))

    table = pd.read_csv(folder / "manifest.csv").set_index("image_id")
    image = ImageFolderDataset(path=str(folder), labels={"g": ["glioma"]}).load().files
    shown = {file.path.name: file for file in image}
    for row in curated[0].itertuples():
        file = shown[table.loc[row.image_id, "file_name"].rpartition("/")[2]]
        pixels = file.decode(file.path.read_bytes()).pixels
        np.testing.assert_array_equal(pixels, curated[2][row.row])


def test_a_source_that_changed_leaves_no_export(curated, tmp_path):
    curated[4][3].path.write_bytes(draw(99, 64).tobytes())

    with pytest.raises(Exception, match="another image now"):
        export(curated, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_files_of_an_interrupted_curation_are_refused(curated):
    manifest, atlas, images, summary, _ = curated

    with pytest.raises(ValueError, match="summary is of manifest other"):
        nodes.list_exported(manifest, atlas, images, summary | {"manifest_digest": "other"})
    with pytest.raises(ValueError, match="another image in row 0"):
        nodes.list_exported(manifest, atlas, images[::-1], summary)
    with pytest.raises(ValueError, match="atlas is not"):
        nodes.list_exported(manifest, atlas[1:], images, summary)


def test_sources_without_a_license_are_named_in_the_log(curated, caplog):
    manifest, atlas, images, summary, _ = curated
    exported, _ = nodes.list_exported(manifest, atlas, images, summary)

    nodes.write_data_card(exported, summary, ExportSettings())

    assert "No license is recorded for kaggle/set" in caplog.text
