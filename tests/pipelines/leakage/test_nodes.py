import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.datasets.source import Source
from brain_tumor_kedro.imaging.holdout import curate_with
from brain_tumor_kedro.imaging.manifest import digest_manifest
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.protocol_settings import LeakageSettings
from brain_tumor_kedro.imaging.quality import hash_pixels
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.recipes import Recipe
from brain_tumor_kedro.pipelines.leakage import nodes
from builders import draw, make_manifest, make_pairs, make_row, write_file
from graded import make_graded

HERE = ParallelSettings(backend="threading", workers=2)
LABELS = ("glioma", "no_tumor")
RECIPE = Recipe.model_validate(
    {
        "backbone": "sample_cnn",
        "weights": "none",
        "image_size": 32,
        "head": {"pooling": "max"},
        "phases": [{"name": "all", "trainable": "all", "learning_rate": 0.001, "epochs": 1}],
    }
)
SPLIT = SplitSettings(train=0.6, val=0.2, test=0.2)


@pytest.fixture
def curated(tmp_path):
    """Twenty slices, those of no tumor far darker, of which two are copies and two relatives."""
    files, rows = [], []
    for n in range(20):
        pixels = draw(n, 64) // (1 + 4 * (n % 2))
        file = write_file(tmp_path / f"{n:02}", pixels, label=LABELS[n % 2])
        files.append(file)
        rows.append(make_row(file.image_id, file.label, pixel_hash=hash_pixels(pixels)))
    pairs = make_pairs(("00", "02", "near_copy"), ("01", "03", "relative"))
    manifest = curate_with(make_manifest(*rows), pairs, [])
    manifest = manifest.assign(row=None, packed_hash=None)
    return manifest, pairs, {"manifest_digest": digest_manifest(manifest)}, files


def plan(curated, settings):
    manifest, pairs, summary, _ = curated
    return nodes.part_images(manifest, pairs, summary, [], SPLIT, settings)


def judge(curated, settings):
    manifest, _, _, files = curated
    protocols = plan(curated, settings)
    packed = nodes.pack_files(manifest, Source((), ""), Source(tuple(files), ""), RECIPE, HERE)
    others = (RECIPE, settings, 0, Compute(), Pretrained(), "tumor_type")
    return protocols, nodes.judge_protocols(protocols, *packed, *others)


def tabulate(curated, protocols, judged, settings):
    about = (curated[0], RECIPE, "sample_cnn", settings, "tumor_type")
    return nodes.tabulate_leakage(protocols, judged, *about)[0]


def test_a_probe_is_judged_and_the_table_says_on_what(curated, caplog):
    settings = LeakageSettings(repeats=2)

    protocols, judged = judge(curated, settings)
    table = tabulate(curated, protocols, judged, settings)

    assert table["protocol"].tolist() == ["naive_merge", "copies_removed", "groups_apart"]
    assert (table["n_train"] + table["n_test"]).tolist() == [20, 19, 19]
    assert (table["accuracy"] > 0.8).all()
    assert table.attrs["manifest_digest"] == digest_manifest(curated[0])
    assert "untrained network (sample_cnn)" in table.attrs["classifier"]
    assert any("is the only source" in note for note in table.attrs["notes"])
    assert "is the only source" in caplog.text
    figure = nodes.plot_leakage(table)
    assert figure.get_label() == table.attrs["manifest_digest"]


def test_the_table_survives_its_file_with_what_it_says(curated, tmp_path):
    settings = LeakageSettings(protocols=("groups_apart",), repeats=1)
    protocols = plan(curated, settings)
    test = protocols.parts[protocols.parts["part"] == "test"]
    table = tabulate(curated, protocols, test.assign(predicted="glioma"), settings)

    table.to_parquet(tmp_path / "table.parquet")

    again = pd.read_parquet(tmp_path / "table.parquet")
    assert again.attrs == table.attrs
    assert np.allclose(again["accuracy"], 0.5)


def test_a_whole_recipe_is_trained_under_each_protocol(curated):
    settings = LeakageSettings(classifier="recipe", protocols=("groups_apart",), repeats=1)

    protocols, judged = judge(curated, settings)

    assert set(judged["predicted"]) <= set(LABELS)
    table = tabulate(curated, protocols, judged, settings)
    assert table.attrs["classifier"].startswith("Recipe sample_cnn")


def test_files_of_an_interrupted_curation_are_refused(curated):
    manifest, pairs, summary, _ = curated
    arguments = ([], SPLIT, LeakageSettings())

    with pytest.raises(ValueError, match="summary is of manifest other"):
        nodes.part_images(manifest, pairs, {"manifest_digest": "other"}, *arguments)
    with pytest.raises(ValueError, match="pairs of similar images are not"):
        nodes.part_images(manifest, pairs[1:], summary, *arguments)


def test_slices_of_volumes_are_parted_one_by_one_and_by_patient():
    manifest, images = make_graded()
    left_out = manifest.head(1).assign(
        image_id="brats/phantom_copy", status="rejected", reason="exact_copy",
        copy_of=manifest["image_id"].iloc[0], split=None, fold=None, row=None, pixel_hash=None,
    )  # fmt: skip
    manifest = pd.concat([manifest, left_out], ignore_index=True)
    pairs = make_pairs((manifest["image_id"].iloc[0], "brats/phantom_copy", "exact_copy"))
    summary = {"manifest_digest": digest_manifest(manifest)}
    settings = LeakageSettings(protocols=("copies_removed", "groups_apart"), repeats=2)

    protocols = nodes.part_slices(manifest, pairs, summary, SPLIT, settings)
    packed = nodes.take_packed(manifest, images)
    others = (RECIPE, settings, 0, Compute(), Pretrained(), "glioma_grade")
    judged = nodes.judge_protocols(protocols, *packed, *others)
    table, _ = nodes.tabulate_leakage(
        protocols, judged, manifest, RECIPE, "tiny", settings, "glioma_grade"
    )

    assert protocols.notes == ()
    assert set(protocols.parts["image_id"]) == set(manifest["image_id"]) - {"brats/phantom_copy"}
    rows = table.set_index("protocol")
    assert rows.loc["copies_removed", "relative_n"] == rows.loc["copies_removed", "n_test"]
    assert rows.loc["groups_apart", "relative_n"] == 0
    assert table.attrs["images"] == len(images)
